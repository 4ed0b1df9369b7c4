"""Reading what anybody may send: hostile bytes end in Unreadable or a Mail, soon."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from status.services.mail_html import text_of_html
from status.services.mail_reading import Kind, Mail, Unreadable, read_mail, unfolded
from status.services.reply_words import words_of_reply

MAILS = sorted((Path(__file__).parent / "mails").glob("*.eml"))
SLOW = [
    "\n" * 30_000, "On " * 10_000, "Le " * 10_000, " " * 30_000 + "x", "> " * 15_000, "\n>" * 15_000, "_" * 30_000,
    ("From:" + " " * 390 + "\nx\n") * 70, "From: a\n" * 3_700, ("Le 1" + " a écrit" * 40 + "x\n") * 60,
    ("On 1" + " wrote" * 60 + "x\n") * 60, "De : a\nb\n" * 3_000, "Disclaimer:" + "mail " * 6_000, "*" * 30_000,
]  # fmt: skip


@pytest.mark.parametrize("text", SLOW, ids=range(len(SLOW)))
def test_no_words_take_long_to_be_cut(text):
    began = time.process_time()
    words_of_reply(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("mail", MAILS, ids=lambda path: path.stem)
def test_a_mail_with_bytes_changed_is_read_or_refused(mail):
    chance, raw = random.Random(mail.stem), mail.read_bytes()
    for _ in range(20):
        changed = bytearray(raw)
        for _ in range(8):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            assert isinstance(read_mail(bytes(changed[: chance.randrange(1, len(raw) + 1)])), Mail)
        except Unreadable:
            continue


def test_a_thousand_parts_within_one_another_are_no_mail():
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1_000))
    with pytest.raises(Unreadable):
        read_mail(f"From: a@b.c\n{head}".encode())


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example.net", "postmaster@mx.example.net"])
def test_a_mail_servers_own_mail_is_a_bounce(sender):
    assert read_mail(f"From: {sender}\nTo: x@y.z\n\nno\n".encode()).kind is Kind.BOUNCE


def test_scripts_styles_and_marks_of_html_are_no_words():
    html = "<style>p{}</style><p>Un<script>x()</script></p><p>d&eacute;ux<br/>trois</p><template>no</template>"
    assert text_of_html(html).split() == ["Un", "déux", "trois"]


def test_a_quotation_in_html_is_told_as_in_plain_mails():
    assert text_of_html("ok<blockquote>ancien<br>texte</blockquote>fin") == "ok\n> ancien\n> texte\nfin"


def test_folded_lines_are_joined_but_not_quotations_nor_the_signatures_mark():
    assert unfolded("un \ndeux\n> cité \nsuite\n-- \nBob") == "un deux\n> cité \nsuite\n-- \nBob"
