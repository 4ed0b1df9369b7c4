"""What customers can try first, by symptom: one TOML file each in `help/`, in the order they are tried.

    area       the area that is looked at when no component names the symptom
    label      the door's short name; `question`: the page's title; `note` (may be left out): said before all else
    [[step]]   id, do, why (may be left out), link (`map`: a page of ours), test: the name of a test that can be
               run for the customer
    [[step.outcome]]  when (what he sees), then (another step's id, solved, contact), say (may be left out)

Texts are `key.fr`, `key.en`, one for each language we speak.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from status.domain.states import AREAS, SYMPTOMS
from status.i18n import BUILT_IN
from status.wording.languages import LANGUAGES

SOLVED: Final = "solved"
CONTACT: Final = "contact"
LINKS: Final = ("", "map")

Texts = Mapping[str, str]

_GUIDE: Final[Mapping[str, Any]] = {"area": str, "label": dict, "question": dict, "note": dict, "step": list}
_STEP: Final[Mapping[str, Any]] = {"id": str, "test": str, "link": str, "do": dict, "why": dict, "outcome": list}
_OUTCOME: Final[Mapping[str, Any]] = {"when": dict, "then": str, "say": dict}
_MAY_MISS: Final = frozenset({"note", "test", "link", "why", "outcome", "say"})


class HelpFault(Exception):
    """A file of first steps that can't be used; the message names the file, the place, what was found and expected."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a customer may see after a step. `then` is a step's id, `solved` or `contact`; `say` may be empty."""

    when: Texts
    then: str
    say: Texts


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try. `test` names what may one day be run instead; `link` is a page of ours, "" for none."""

    id: str
    do: Texts
    why: Texts
    link: str
    test: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The first steps of one symptom."""

    symptom: str
    area: str
    label: Texts
    question: Texts
    note: Texts
    steps: tuple[Step, ...]


@cache
def guides() -> Mapping[str, Guide]:
    """Give the guide of each symptom, in the order of the doors. Raise HelpFault."""
    folder = files("status") / "wording" / "help"
    texts = {symptom: (folder / f"{symptom}.toml").read_text(encoding="utf-8") for symptom in SYMPTOMS}
    return {symptom: read_guide(symptom, text) for symptom, text in texts.items()}


def read_guide(symptom: str, text: str) -> Guide:
    """Read one file. Raise HelpFault for the first thing that is not as it must be."""
    place = f"help/{symptom}.toml"
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HelpFault(f"{place}: not TOML: {error}") from None
    _check(document, _GUIDE, place)
    if document["area"] not in AREAS:
        raise HelpFault(f"{place}: area: found {document['area']!r}, expected one of {', '.join(AREAS)}")
    steps = tuple(_steps(document["step"], place))
    _check_ways(steps, place)
    return Guide(symptom, document["area"], document["label"], document["question"], document.get("note", {}), steps)


def _steps(entries: list[Any], place: str) -> Iterator[Step]:
    for number, entry in enumerate(entries, 1):
        here = f"{place}: step {number}"
        _check(entry, _STEP, here)
        if entry.get("link", "") not in LINKS:
            raise HelpFault(f"{here}: link: found {entry['link']!r}, expected 'map' or none")
        outcomes = []
        for position, outcome in enumerate(entry.get("outcome", ()), 1):
            _check(outcome, _OUTCOME, f"{here}: outcome {position}")
            outcomes.append(Outcome(outcome["when"], outcome["then"], outcome.get("say", {})))
        why, link, test = entry.get("why", {}), entry.get("link", ""), entry.get("test", "")
        yield Step(entry["id"], entry["do"], why, link, test, tuple(outcomes))


def _check(entry: Any, kinds: Mapping[str, Any], place: str) -> None:
    """Raise HelpFault for an unknown key, a missing one, one of another kind, a text without one of our languages."""
    if not isinstance(entry, dict):
        raise HelpFault(f"{place}: found {entry!r}, expected a table")
    values: dict[str, Any] = entry
    unknown = sorted(entry.keys() - kinds.keys())
    missing = sorted(kinds.keys() - entry.keys() - _MAY_MISS)
    if unknown or missing:
        found = f"unknown key {unknown[0]!r}" if unknown else f"no {missing[0]!r}"
        raise HelpFault(f"{place}: found {found}, expected {', '.join(kinds)}")
    for key, value in values.items():
        if not isinstance(value, kinds[key]) or not value:
            raise HelpFault(f"{place}: {key}: found {value!r}, expected a {kinds[key].__name__} that is not empty")
        if kinds[key] is dict and not _is_text(value):
            found, expected = ", ".join(sorted(value)), ", ".join(LANGUAGES)
            raise HelpFault(f"{place}: {key}: found {found}, expected a text in {expected}")


def _is_text(value: Mapping[str, Any]) -> bool:
    return set(BUILT_IN) <= set(value) <= set(LANGUAGES) and all(
        isinstance(each, str) and each for each in value.values()
    )


def _check_ways(steps: tuple[Step, ...], place: str) -> None:
    """Raise HelpFault when two steps share an id, or an outcome leads nowhere or back."""
    seen: list[str] = []
    ids = [step.id for step in steps]
    for step in steps:
        if step.id in (*seen, SOLVED, CONTACT):
            raise HelpFault(f"{place}: step {step.id!r}: found its id twice, expected one of its own")
        seen.append(step.id)
        for outcome in step.outcomes:
            if outcome.then not in (SOLVED, CONTACT, *ids[len(seen) :]):
                later = ", ".join((*ids[len(seen) :], SOLVED, CONTACT))
                raise HelpFault(f"{place}: step {step.id!r}: then: found {outcome.then!r}, expected one of {later}")
