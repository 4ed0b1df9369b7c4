"""`travaux emergency` and `travaux publish`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from status.cli import main


@pytest.fixture
def say(tmp_path, monkeypatch):
    """The command in a folder without configuration, with a mirror on which nothing was ever pushed."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["emergency", *words, "--to", str(tmp_path / "copy")])


def said(folder: Path) -> dict[str, object]:
    return json.loads((folder / "copy" / "emergency.json").read_bytes())


def test_it_needs_nothing_but_the_mirror(say, tmp_path):
    done = say("Téléphonie coupée.", "--areas", "telephony,xdsl", "--until", "+2h")
    assert done.exit_code == 0, done.output
    assert "Téléphonie coupée." in (tmp_path / "copy/fr/index.html").read_text(encoding="utf-8")
    assert said(tmp_path)["areas"] == ["telephony", "xdsl"]
    assert "said in 3 files, until " in done.output


def test_the_end_takes_it_away(say, tmp_path):
    say("Téléphonie coupée.")
    assert "ended" in say("end").output
    assert said(tmp_path)["posts"] == []
    assert "no message stood there" in say("end").output


@pytest.mark.parametrize("word", ["End", "END", "fin", " Fin "])
def test_the_end_is_no_message_however_it_is_written(say, tmp_path, word):
    say("Téléphonie coupée.")
    assert "ended" in say(word).output
    assert said(tmp_path)["posts"] == []


def test_each_language_has_its_words(say, tmp_path):
    say("Fire.", "--lang", "en", "--text-fr", "Incendie.")
    assert said(tmp_path)["posts"][0]["texts"] == {"en": "Fire.", "fr": "Incendie."}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["", "--areas", "email"], "the text is empty"),
        (["x", "--areas", "mail"], "unknown area 'mail'"),
        (["x", "--until", "soon"], "'soon' is not a time"),
        (["x" * 2_001], "at most 2000 are allowed"),
        (["x", "--until", "2020-01-01 10:00"], "--until '2020-01-01 10:00' is in the past: it is 20"),
        (["x", "--until", "+0m"], "--until '+0m' is in the past"),
        (["x", "--areas", "telephonie"], "unknown area 'telephonie', did you mean 'telephony'?"),
        (["x", "--areas", "email,Téléphonie"], "unknown area 'Téléphonie', did you mean 'telephony'?"),
    ],
)
def test_what_cannot_be_said_is_told_and_written_nowhere(say, tmp_path, words, told):
    done = say(*words)
    assert done.exit_code == 2
    assert told in done.output
    assert not (tmp_path / "copy").exists()


def test_without_a_mirror_it_says_how_to_name_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["emergency", "x"])
    assert done.exit_code == 2
    assert "--to" in done.output
    (tmp_path / "config.toml").write_text("")
    done = CliRunner().invoke(main, ["emergency", "x"])
    assert (done.exit_code, done.output) == (
        2, "no mirror in the configuration: name one with --to, or add [[mirror]]\n",
    )  # fmt: skip


@pytest.fixture
def two(tmp_path, monkeypatch):
    """The command in a folder whose configuration has two mirrors, of which the second holds a message already."""
    mirrors = "".join(f'[[mirror]]\nname = "{name}"\nto = "{tmp_path}/{name}"\n' for name in ("a", "b"))
    (tmp_path / "config.toml").write_text(mirrors)
    monkeypatch.chdir(tmp_path)
    say = lambda *words: CliRunner().invoke(main, ["emergency", *words])  # noqa: E731 - as `say` above
    say("Premier message.", "--mirror", "b")
    return say


def test_on_all_mirrors_it_is_one_message_of_one_hour_and_one_authority(two, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/status.json").write_text('{"authority":"status.example","year":2024}')
    done = two("Deuxième message.", "--until", "+2h")
    assert (done.exit_code, done.output.count("said in")) == (0, 2), done.output
    a, b = (json.loads((tmp_path / name / "emergency.json").read_bytes()) for name in "ab")
    assert (len(a["posts"]), len(b["posts"])) == (1, 2)
    assert a["posts"][-1] == b["posts"][-1]
    assert [a[key] for key in ("authority", "year", "until")] == [b[key] for key in ("authority", "year", "until")]
    assert (b["authority"], b["year"]) == ("status.example", 2024)


def test_a_mirror_that_is_away_does_not_silence_the_other(two, tmp_path):
    (tmp_path / "a").write_text("a file")
    done = two("Deuxième message.")
    assert (done.exit_code, "b: said in" in done.output) == (1, True), done.output
    assert len(json.loads((tmp_path / "b/emergency.json").read_bytes())["posts"]) == 2


def test_it_reads_the_mirrors_of_a_configuration_without_its_database(tmp_path, monkeypatch):
    text = f'[[mirror]]\nname = "copie"\nto = "{tmp_path}/copy"\n[database]\nurl = "postgresql://u@127.0.0.1:1/x"\n'
    (tmp_path / "mirror.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["--config", "mirror.toml", "emergency", "Panne."])
    assert (done.exit_code, "copie: said in" in done.output) == (0, True), done.output


def test_a_mirror_that_refuses_is_told_and_leaves_with_1(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "copy").write_text("a file")
    done = CliRunner().invoke(main, ["emergency", "x", "--to", str(tmp_path / "copy")])
    assert done.exit_code == 1
    assert str(tmp_path / "copy") in done.output


def test_publish_says_when_nothing_was_published(travaux, tmp_path):
    done = travaux("publish", "--to", str(tmp_path / "copy"))
    assert done.exit_code == 1
    assert "nothing was published yet" in done.output


def test_publish_names_the_mirrors_there_are(travaux):
    done = travaux("publish", "--mirror", "nope")
    assert done.exit_code == 2
    assert "it has: none" in done.output


@pytest.mark.parametrize("to", ["ftp://x/y", "https://u:hunter2@host/x", "s3://", "-oProxyCommand=x"])
def test_an_address_that_means_nothing_is_refused(travaux, to):
    done = travaux("publish", f"--to={to}")
    assert done.exit_code == 2
    assert "hunter2" not in done.output
