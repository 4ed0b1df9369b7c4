from __future__ import annotations

import html
import random
import re

import pytest

from status.wording.markdown import TAGS, long_to_html, to_html, to_plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rétabli.", "<p>Rétabli.</p>"),
        ("Une ligne\nune autre", "<p>Une ligne<br>\nune autre</p>"),
        ("**Fort** et *doux*", "<p><strong>Fort</strong> et <em>doux</em></p>"),
        ("- un\n- deux", "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>"),
        ("3. un", '<ol start="3">\n<li>un</li>\n</ol>'),
        ("`ping`", "<p><code>ping</code></p>"),
        ("# 1 de nos liens", "<p># 1 de nos liens</p>"),
        ("Coupure\n---", "<p>Coupure</p>\n<hr>"),
        ("Suivi ici\u00a0: FS#12", "<p>Suivi ici\u00a0: FS#12</p>"),
        ("&amp;nbsp;", "<p>&amp;nbsp;</p>"),
        ("    en retrait", "<p>en retrait</p>"),
        ('5 < 6 & "7"', '<p>5 &lt; 6 &amp; "7"</p>'),
    ],
)
def test_people_may_emphasise_list_quote_and_break_lines(text, expected):
    assert to_html(text) == expected


def test_links_lead_to_the_web_and_to_mail_alone():
    link = '<a href="https://x.example/a" rel="nofollow noopener noreferrer">ici</a>'
    assert to_html("[ici](https://x.example/a)") == f"<p>{link}</p>"
    assert 'href="mailto:a@x.example"' in to_html("<a@x.example>")


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](vbscript:x)",
        "[x](data:text/html,<script>)", "[x](//evil.example)", "[x](/desk)", "<javascript:alert(1)>",
        "[x]( \tjava\nscript:x)", "[x]: javascript:alert(1)\n\n[x]", "![x](https://x.example/p.png)",
        "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<a href='https://x' onclick=alert(1)>x</a>",
        "<style>p{}</style>",
        '[x](https://x.example "onmouseover=alert(1)")', '[x](https://x.example/"onmouseover="alert(1))',
        "<!-- x --><iframe src=x>", "<svg/onload=alert(1)>", "```<script>\nx\n```",
    ],
)  # fmt: skip
def test_nothing_that_runs_gets_through(text):
    for written in (to_html(text), long_to_html(text)):
        tags = re.findall(r"<(/?\w+)([^>]*)>", written)
        assert {name.strip("/") for name, _ in tags} <= TAGS
        given = [dict(re.findall(r'(\w+)="([^"]*)"', rest)) for _, rest in tags]
        assert {name for each in given for name in each} <= {"href", "rel", "start"}
        assert all(each.get("href", "https:").startswith(("http:", "https:", "mailto:")) for each in given)


def test_random_bytes_never_make_a_tag_that_is_not_allowed():
    chance = random.Random(7)
    pieces = [
        "<",
        ">",
        '"',
        "'",
        "script",
        "](",
        "[",
        ")",
        "javascript:",
        "`",
        "\n",
        "&#",
        "x",
        "*",
        "!",
        " ",
        "=",
        "on",
    ]
    for _ in range(3_000):
        written = to_html("".join(chance.choices(pieces, k=chance.randint(1, 40))))
        assert set(re.findall(r"</?(\w+)", written)) <= TAGS


def test_a_long_text_has_headings_below_its_pages_own():
    written = long_to_html("# Ce qui s’est passé\n\n## À 14 h\n\n##### Détail")
    assert written == "<h2>Ce qui s’est passé</h2>\n<h3>À 14 h</h3>\n<h4>Détail</h4>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Fort** et *doux*", "Fort et doux"),
        ("Un\ndeux\n\ntrois", "Un\ndeux\n\ntrois"),
        ("Voir [notre page](https://x.example/a).", "Voir notre page (https://x.example/a)."),
        ("<https://x.example/>", "https://x.example/"),
        ("<a@x.example>", "a@x.example"),
        ("À faire :\n\n- un\n- deux\n\nMerci", "À faire :\n\n- un\n- deux\n\nMerci"),
        ("1. un\n2. deux", "1. un\n2. deux"),
        ("```\nping\n```", "ping"),
        ("<script>x</script>", "<script>x</script>"),
        ("", ""),
    ],
)
def test_a_summary_has_the_words_alone(text, expected):
    assert to_plain(text) == expected


def test_plain_words_stay_as_they_were_typed():
    typed = "Les appels n'aboutissent pas (erreur 503) & on cherche : FS#12, sip_lille_1, 5 * 3."
    assert to_plain(typed) == typed
    assert html.unescape(re.sub(r"<[^>]*>", "", to_html(typed))) == typed
