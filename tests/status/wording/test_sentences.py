from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from status.domain.decisions import Action
from status.domain.states import EventState, EventType, Impact
from status.wording import robot
from status.wording.advice import advice
from status.wording.sentences import Facts, generated_sentence

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
OPEN = Facts(
    type=EventType.INCIDENT,
    state=EventState.INVESTIGATING,
    impact=Impact.FULL,
    components=({"fr": "Téléphonie SIP", "en": "SIP telephony"},),
    at=NOW,
    since=NOW - timedelta(minutes=2),
)
WORK = replace(
    OPEN,
    type=EventType.MAINTENANCE,
    state=EventState.PLANNED,
    impact=Impact.INTERRUPTION,
    since=None,
    planned_start=NOW + timedelta(days=2),
    planned_end=NOW + timedelta(days=2, hours=2),
)


def said(facts: Facts, language: str = "fr") -> str:
    return generated_sentence(facts.as_data(), language, "Europe/Paris").replace("\u00a0", " ")


def test_an_opening_says_state_impact_components_since_and_expected_end():
    assert said(OPEN) == (
        "En cours d’analyse : indisponibilité totale, Téléphonie SIP, depuis 14:05. Fin prévue : pas encore connue."
    )
    assert said(OPEN, "en") == "Investigating: full outage, SIP telephony, since 14:05. Expected end: not known yet."


def test_known_times_are_said():
    facts = replace(OPEN, expected_end=NOW + timedelta(hours=2), next_update=NOW + timedelta(minutes=53))
    assert said(facts).endswith("Fin prévue : 16:07. Prochaine information : 15:00.")


def test_a_return_says_since_when_it_works_again():
    facts = replace(OPEN, state=EventState.MONITORING, impact=Impact.NONE, restored=NOW)
    assert said(facts) == "Sous surveillance : Téléphonie SIP, service rétabli à 14:07 après 2 min."


def test_a_resolution_says_from_when_to_when():
    facts = replace(OPEN, state=EventState.RESOLVED, ended=NOW + timedelta(minutes=25))
    assert said(facts) == "Résolu : Téléphonie SIP, 14:05 – 14:32 (27 min)."
    assert said(replace(facts, ended=None)) == "Résolu : Téléphonie SIP."


def test_a_withdrawal_says_false_alarm():
    assert said(replace(OPEN, withdrawn=True)) == "Retiré : Téléphonie SIP. C’était une fausse alerte."


def test_a_planned_work_says_its_window_and_impact():
    assert said(WORK) == "Planifié : Téléphonie SIP, 24 nov. 14:07 – 16:07. Impact prévu : coupure."


def test_a_work_says_each_state_of_its_own():
    running = replace(WORK, state=EventState.IN_PROGRESS, since=NOW)
    done = replace(running, state=EventState.DONE, ended=NOW + timedelta(hours=1))
    assert (
        said(running) == "En cours : Téléphonie SIP, depuis 14:07. Impact prévu : coupure. Fin prévue : 24 nov. 16:07."
    )
    assert said(done) == "Terminé : Téléphonie SIP, 14:07 – 15:07 (1 h)."
    assert "étaient prévus" in said(replace(WORK, state=EventState.CANCELLED))


def test_without_components_the_type_stands():
    assert said(replace(OPEN, components=())).startswith("En cours d’analyse : indisponibilité totale, incident, ")


def test_the_robot_opens_with_what_no_longer_works_and_what_to_do():
    text = robot.opening("timeout", "telephony", advice("telephony"))["fr"]
    assert text.splitlines()[0].endswith("les appels n’aboutissent pas.")
    assert "112" in text
    assert text.endswith("Prochaine information ici dès que la situation change.")


def test_the_robot_has_words_for_every_action_in_both_languages():
    texts = [robot.change(a, "timeout", "email") for a in (Action.WORSE, Action.BETTER, Action.JOIN, Action.REOPEN)]
    texts += [robot.restored(90, closes_by_itself=True), robot.restored(90, closes_by_itself=False)]
    texts += [robot.closed(1620), robot.work_started()]
    assert all(text["fr"] and text["en"] and text["fr"] != text["en"] for text in texts)
    assert "27\u00a0min" in robot.closed(1620)["fr"]


def test_french_says_le_before_a_date():
    yesterday = replace(OPEN, since=NOW - timedelta(days=1))
    assert "depuis le 21 nov. 14:07" in said(yesterday)
    assert "since 21 Nov 14:07" in said(yesterday, "en")
    back = replace(yesterday, state=EventState.MONITORING, impact=Impact.NONE, restored=NOW - timedelta(hours=20))
    assert "service rétabli le 21 nov. 18:07 après 4 h" in said(back)
