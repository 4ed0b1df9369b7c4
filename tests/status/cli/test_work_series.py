"""Works that come again, and works in one another's way, on the command line."""

from __future__ import annotations

import json

import pytest

from status.models import Component
from status.models.engine import make_engine, make_sessions, writing
from tests.status.cli.conftest import component

PLAN = ("work", "plan", "-c", "sip", "--title", "Remplacement", "--start", "+1h", "--end", "+3h")
SERIES = (*PLAN[:6], "--start", "+10h", "--end", "+11h", "--every", "FREQ=WEEKLY")


@pytest.fixture
def paths(config, travaux):
    """Two paths that are redundant."""
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with writing(make_sessions(engine)) as session:
        session.add(component(3, "path-a", 1, {"fr": "Voie A", "en": "Path A"}))
        session.add(component(4, "path-b", 1, {"fr": "Voie B", "en": "Path B"}))
        session.flush()
        session.get_one(Component, 3).redundant_with = ["path-b"]
    engine.dispose()
    return lambda one, *more: travaux("work", "plan", "-c", one, *PLAN[4:], *more)


def test_a_series_is_planned_listed_and_ended(travaux):
    uid = json.loads(travaux(*SERIES, "--json").stdout)[0]["uid"]
    assert travaux("work", "series", "list").stdout.startswith(f"{uid}  FREQ=WEEKLY  next 20")
    assert travaux("work", "series", "end", uid).stdout == f"{uid}  FREQ=WEEKLY  ended  Remplacement\n"
    assert travaux("work", "series", "list").stdout == "none\n"
    assert len(json.loads(travaux("work", "series", "list", "--all", "--json").stdout)) == 1


def test_series_add_is_the_same_as_plan_every(travaux):
    added = travaux("work", "series", "add", *SERIES[2:])
    assert (added.exit_code, "FREQ=WEEKLY  next 20" in added.stdout) == (0, True)


def test_a_rule_that_cannot_be_used_is_told(travaux):
    result = travaux(*SERIES[:-1], "FREQ=SECONDLY")
    assert (result.exit_code, "found FREQ=SECONDLY, expected one of DAILY" in result.stderr) == (1, True)


def test_a_series_has_no_draft(travaux):
    assert "has no draft" in travaux(*SERIES, "--draft").stderr


def test_a_series_nobody_knows_is_told(travaux):
    result = travaux("work", "series", "end", "0197")
    assert (result.exit_code, "there is no series '0197'" in result.stderr) == (1, True)


def test_a_work_in_the_way_is_told_and_refuses_nothing(travaux):
    travaux(*PLAN)
    second = travaux(*PLAN)
    assert second.stdout.startswith("FS#43")
    assert second.stderr.startswith("warning: FS#42 (Remplacement) from 20")
    assert second.stderr.endswith("both on sip\n")


def test_a_series_is_compared_with_works_too(travaux):
    travaux(*PLAN[:6], "--start", "+10h", "--end", "+11h")
    assert "warning: FS#42" in travaux(*SERIES).stderr


def test_new_times_are_compared_as_well(travaux):
    travaux(*PLAN)
    travaux(*PLAN[:6], "--start", "+5h", "--end", "+6h")
    assert "warning: FS#42" in travaux("work", "move", "43", "--start", "+2h", "--end", "+4h").stderr
    assert travaux("work", "move", "43", "--start", "+9h", "--end", "+10h").stderr == ""


def test_both_paths_of_a_pair_are_cut_only_when_one_insists(paths):
    paths("path-a")
    refused, insisted = paths("path-b"), paths("path-b", "--anyway")
    assert (refused.exit_code, "path-a is the other path of path-b" in refused.stderr) == (1, True)
    assert "add --anyway" in refused.stderr
    assert (insisted.exit_code, insisted.stdout[:5]) == (0, "FS#43")


def test_a_work_without_impact_on_the_other_path_needs_no_insisting(paths):
    paths("path-a")
    assert paths("path-b", "--impact", "none").exit_code == 0


def test_one_work_that_cuts_both_paths_needs_insisting(paths):
    result = paths("path-a", "-c", "path-b")
    assert (result.exit_code, "this work cuts both" in result.stderr) == (1, True)


def test_words_come_from_a_file_and_options_go_before_it(travaux, tmp_path):
    file = tmp_path / "words.toml"
    file.write_text('[title]\nfr = "Nuit"\nen = "Night"\n[text]\nen = "Short cuts."\n', encoding="utf-8")
    travaux(*PLAN[:4], *PLAN[6:], "--words", str(file), "--title-fr", "Demain")
    shown = json.loads(travaux("work", "show", "42", "--json").stdout)
    assert (shown["title"], shown["updates"][0]["texts"]) == ({"fr": "Demain", "en": "Night"}, {"en": "Short cuts."})


@pytest.mark.parametrize("words", ["[titel]\nfr = 'x'", "[title]\nde = 'x'", "title = 'x'", "x"])
def test_a_file_of_words_that_cannot_be_used_is_told(travaux, tmp_path, words):
    (tmp_path / "words.toml").write_text(words, encoding="utf-8")
    result = travaux(*PLAN, "--words", str(tmp_path / "words.toml"))
    assert (result.exit_code, "words.toml" in result.stderr) == (2, True)
