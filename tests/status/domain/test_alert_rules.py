"""Which events a rule wants: areas, components and what is below them, severity, impact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from status.domain.alerting import AlertOf, Subject, Wanted
from status.domain.states import EventState, Impact

SUBJECT = Subject(
    "uid", AlertOf.INCIDENTS, EventState.INVESTIGATING, 3, Impact.PARTIAL, ("telephony/sip/lille",), answered=False
)
ALL = Wanted(frozenset({AlertOf.INCIDENTS, AlertOf.WORKS}), frozenset(), frozenset(), 1, Impact.DEGRADED)
NOWHERE = replace(SUBJECT, paths=())


@pytest.mark.parametrize(
    ("wanted", "subject", "fits"),
    [
        (ALL, SUBJECT, True),
        (ALL, NOWHERE, True),
        (replace(ALL, areas=frozenset({"telephony"})), SUBJECT, True),
        (replace(ALL, areas=frozenset({"email"})), SUBJECT, False),
        (replace(ALL, areas=frozenset({"sip"})), SUBJECT, False),
        (replace(ALL, areas=frozenset({"telephony"})), NOWHERE, False),
        (replace(ALL, components=frozenset({"lille"})), SUBJECT, True),
        (replace(ALL, components=frozenset({"sip"})), SUBJECT, True),
        (replace(ALL, components=frozenset({"voix"})), SUBJECT, False),
        (replace(ALL, areas=frozenset({"email"}), components=frozenset({"sip"})), SUBJECT, True),
        (replace(ALL, least_severity=3), SUBJECT, True),
        (replace(ALL, least_severity=4), SUBJECT, False),
        (replace(ALL, least_impact=Impact.PARTIAL), SUBJECT, True),
        (replace(ALL, least_impact=Impact.FULL), SUBJECT, False),
        (ALL, replace(SUBJECT, impact=Impact.NONE), False),
        (ALL, replace(SUBJECT, of=AlertOf.LOCAL), False),
        (replace(ALL, of=frozenset({AlertOf.LOCAL})), replace(SUBJECT, of=AlertOf.LOCAL), True),
        (replace(ALL, least_severity=5), replace(SUBJECT, of=AlertOf.WORKS, impact=Impact.NONE), True),
    ],
)
def test_a_rule_fits_what_it_names(wanted, subject, fits):
    assert wanted.fits(subject) is fits
