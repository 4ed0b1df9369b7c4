"""Finding and loading config.toml."""

from __future__ import annotations

from cProfile import Profile
from pathlib import Path

import pytest

from status.config.addresses import listen_of
from status.config.errors import ConfigError
from status.config.load import MOST, example_config, find_config, load
from status.config.model import Reference, Settings
from status.config.reference import reference_check

WEB = '[[component]]\nslug = "web"\nparent = "hosting"\nname.fr = "Web"\n'
MANY = """
[[component]]
slug = "c{0}"
parent = "hosting"
name.fr = "C{0}"
[[check]]
name = "c{0}/tcp"
component = "c{0}"
kind = "tcp"
[check.options]
target = "192.0.2.1:443"
"""


def faults_of(path):
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [str(fault) for fault in caught.value.faults]


def test_a_named_file_is_found_first_with_its_own_folder(tmp_path):
    (tmp_path / "config.toml").touch()
    assert find_config(Path("etc/other.toml"), tmp_path) == (Path("etc/other.toml"), tmp_path / "etc")


def test_the_working_folder_s_file_comes_next(tmp_path):
    (tmp_path / "config.toml").touch()
    assert find_config(None, tmp_path) == (tmp_path / "config.toml", tmp_path)


def test_without_a_file_the_demonstration_is_found_and_stays_in_the_working_folder(tmp_path):
    assert find_config(None, tmp_path) == (example_config(), tmp_path)
    assert example_config().is_file()


def test_a_missing_file_is_told_with_what_to_do(tmp_path):
    (fault,) = faults_of(tmp_path / "none.toml")
    assert fault.endswith("can't be read: No such file or directory; `travaux init` writes one to begin with")


def test_an_empty_file_gives_every_default(write):
    assert load(write("")) == Settings()


def test_a_byte_order_mark_is_no_fault(write):
    assert load(write('\ufeff[site]\nname = "A"\n')).site.name == "A"


def test_another_encoding_is_told_with_its_line(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b'[site]\nname = "T\xe9l\xe9com"\n')
    assert faults_of(path) == [f"{path}:2: expected UTF-8, found bytes of another encoding"]


def test_lists_nested_too_deep_are_a_fault(write):
    path = write("a = " + "[" * 5_000 + "]" * 5_000)
    assert faults_of(path) == [f"{path}: not readable: tables or lists nested too deep"]


def test_all_faults_come_at_once_in_the_order_of_the_file(write):
    path = write(f'[sit]\n[server]\nlisten = "x"\nthreads = 0\n{WEB}group = "email"\n[[check]]\nkind = "htp"\n')
    lines = [int(fault.removeprefix(f"{path}:").split(":")[0]) for fault in faults_of(path)]
    assert lines == [1, 3, 4, 9, 10, 10, 11]


def test_a_faulty_key_does_not_hide_the_faults_of_its_neighbours(write):
    faults = faults_of(write('[site]\nlanguages = ["xx"]\npublic_url = "x"\ntimezone = "y"\n'))
    assert len(faults) == 3


def test_several_loops_are_each_named(write):
    pairs = ("ab", "cd")
    tree = "".join(
        f'[[component]]\nslug = "{x}"\nparent = "hosting"\nname.fr = "X"\ndepends_on = ["{y}"]\n'
        for pair in pairs
        for x, y in (pair, reversed(pair))
    )
    faults = faults_of(write(tree))
    assert ["a → b → a" in faults[0], "c → d → c" in faults[1], len(faults)] == [True, True, 2]


def test_more_checks_than_the_limit_name_the_limit(write):
    path = write(WEB + '[[check]]\nname = "a"\ncomponent = "web"\nkind = "tcp"\n' * (MOST + 1))
    (fault,) = faults_of(path)
    assert "found 20001 checks, expected at most 20000" in fault


def _calls(path: Path, ask) -> int:
    """Count the calls made while a file is asked about: unlike a time, the same on every machine."""
    with Profile() as profile:
        ask(path)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize(
    ("kind", "ask"),
    [("tcp", load), pytest.param("tpc", lambda path: len(faults_of(path)), id="faults")],
)
def test_the_work_of_loading_grows_with_the_number_of_checks_and_not_faster(write, kind, ask):
    def calls(number: int) -> int:
        return _calls(write("".join(MANY.format(each).replace("tcp", kind) for each in range(number))), ask)

    calls(1)
    assert calls(1_000) < 2.2 * calls(500)


def test_five_thousand_checks_load(write):
    assert len(load(write("".join(MANY.format(number) for number in range(5_000)))).check) == 5_000


@pytest.mark.parametrize(
    ("listen", "expected"),
    [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:8080", ("::1", 8080)), ("localhost:1", ("127.0.0.1", 1))],
)
def test_listen_is_split(listen, expected):
    assert listen_of(Settings.model_validate({"server": {"listen": listen}})) == expected


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("http", "https://www.example.net/"),
        ("tcp", "[2001:db8::1]:443"),
        ("dns", "example.net@192.0.2.53"),
        ("dns", "example.net@[2001:db8::53]:5353"),
        ("ping", "192.0.2.1"),
        ("ping", "2001:db8::1"),
        ("ping", "router.example.net"),
    ],
)
def test_a_reference_becomes_a_check_of_its_kind(kind, target):
    check = reference_check(Reference(kind=kind, target=target, timeout_s=3.0), 7)
    assert (check.id, check.kind, check.timeout_s) == (7, kind, 3.0)


def test_a_check_s_numbers_are_judged_with_those_it_inherits(write):
    detection = "[detection]\nslow_medians = 8\nslow_of_medians = 20\n"
    check = '[[check]]\nname = "web/tcp"\ncomponent = "web"\nkind = "tcp"\noptions.target = "192.0.2.1:443"\n'
    (fault,) = faults_of(write(f"{detection}{WEB}{check}[check.detection]\nslow_of_medians = 7\n"))
    assert fault.endswith("check 'web/tcp': detection.slow_of_medians: found 7, expected at least slow_medians (8)")


def test_a_fault_of_detection_is_told_once_and_not_for_every_check(write):
    check = '[[check]]\nname = "web/tcp"\ncomponent = "web"\nkind = "tcp"\noptions.target = "192.0.2.1:443"\n'
    own = "[check.detection]\nslow_medians = 3\n"
    (fault,) = faults_of(write(f"[detection]\nslow_medians = 12\n{WEB}{check}{own}"))
    assert "[detection]: slow_medians: found 12" in fault
