"""Where each key of a TOML text stands."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from status.config.lines import lines_of

TEXT = '''# a comment = 1
[site] # [not.a.table]
name = "a # b"
languages = [ # one a line ]
  "fr",
  "en", # ]
]
"quoted key".inner = 1
text = """first
[fake]
key = 1 \\""" still text"""
after = 1

[[check]]
name = 'a'
options = { url = "x}", more = [1, { deep = 2 }] }
[[check]]
name = "b"
[check.options]
url = "y"
[check.detection]
up_offsets_s = [1,
  2]
'''

FRAGMENTS = [
    *(
        "[a]",
        "[a.b]",
        "[[c]]",
        "[[c.d]]",
        "[c.e]",
        "# [x]",
        "",
        "k = 1 # = 2",
        "k.l = 'a]'",
        "'q.r' = [[], [1, {s = 2}]]",
    ),
    *('t = """\n[x]\\""""', "u = '''\nv = 1'''", "w = {a = {b = [1]}, 'c d'.e = \"}\"}", "x = [\n1, # ]\n2,\n]"),
    *("y = 1979-05-27T07:32:00Z", "z = +inf", '"\\u00e9" = true'),
]


def test_a_key_has_the_line_it_stands_in():
    lines = lines_of(TEXT)
    assert lines["site", "name"] == 3
    assert lines["site", "after"] == 12


def test_elements_of_a_list_have_lines_of_their_own():
    lines = lines_of(TEXT)
    assert [lines["site", "languages", 0], lines["site", "languages", 1]] == [5, 6]
    assert lines["check", 1, "detection", "up_offsets_s", 1] == 23


def test_quoted_and_dotted_keys_are_split():
    assert lines_of(TEXT)["site", "quoted key", "inner"] == 8


def test_what_looks_like_a_table_inside_a_string_is_none():
    assert not [path for path in lines_of(TEXT) if "fake" in path]


def test_tables_below_an_array_belong_to_its_last_element():
    lines = lines_of(TEXT)
    assert lines["check", 1] == 17
    assert lines["check", 1, "options", "url"] == 20


def test_inline_tables_are_followed():
    lines = lines_of(TEXT)
    assert lines["check", 0, "options", "url"] == 16
    assert lines["check", 0, "options", "more", 1, "deep"] == 16


def test_every_path_of_a_document_has_a_line():
    lines = lines_of(TEXT)
    assert all(path in lines for path in paths(tomllib.loads(TEXT)))


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12))
def test_every_path_of_any_document_has_a_line(fragments):
    text = "\n".join(fragments)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a key twice: the scanner never sees it
    lines = lines_of(text)
    assert all(path in lines for path in paths(document))


def paths(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))
