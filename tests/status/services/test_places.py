"""Places enter when first named, keep their address for ever, and are retired, never deleted."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.config.model import Component as Entry
from status.config.model import Settings, Site
from status.domain.states import PlaceKind, Visibility
from status.models import Installation, Place
from status.services.catalogue import apply
from status.services.places import know, slug_of
from tests.status.web.builder import NOW

EXCHANGE, RESOURCE, DEPARTMENT = PlaceKind.EXCHANGE, PlaceKind.RESOURCE, PlaceKind.DEPARTMENT


def entry(slug: str, **values) -> Entry:
    return Entry(slug=slug, parent="xdsl", name={"fr": slug, "en": slug}, **values)


def settings(*components: Entry) -> Settings:
    return Settings(site=Site(name="S", public_url="https://status.example"), component=components)


@pytest.fixture
def session(sessions):
    with sessions() as session:
        session.add(
            Installation(id=1, authority="a", year=2026, demonstration=False, created_at=NOW, next_event_number=1)
        )
        session.flush()
        yield session


def retired(session) -> dict[str, bool]:
    return {place.code: place.retired_at is not None for place in session.scalars(sa.select(Place))}


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("59350LIL", "59350lil"),
        ("NRA Lille – Sud", "nra-lille-sud"),
        ("Cœur de Bœuf, salle É", "coeur-de-boeuf-salle-e"),
        ("中文", "resource"),
        ("x" * 120, "x" * 72),
    ],
)
def test_a_code_is_folded_into_its_slug(code, slug):
    assert slug_of(RESOURCE, code) == slug


def test_codes_that_fold_alike_have_slugs_of_their_own(session):
    assert know(session, RESOURCE, ["Filer 1"]) == {"Filer 1": "filer-1"}
    assert know(session, RESOURCE, ["filer_1", "FILER-1"]) == {"FILER-1": "filer-1-2", "filer_1": "filer-1-3"}
    assert know(session, EXCHANGE, ["filer 1"]) == {"filer 1": "filer-1"}


def test_a_slug_never_changes(session):
    first = know(session, RESOURCE, ["b!", "b?"])
    assert know(session, RESOURCE, ["b?", "b#", "b!"]) | first == {**first, "b#": "b-3"}


def test_departments_need_no_row_and_strange_ones_are_left_out(session):
    assert know(session, DEPARTMENT, ["2A", "1", "971", "99", ""]) == {"2A": "2a", "1": "01", "971": "971"}
    assert retired(session) == {}


@pytest.mark.parametrize("code", ["", "  ", "a\0b", "a\nb", "x" * 121, "\ud800", "\u200b"])
def test_what_cannot_be_a_place_is_left_out(session, code):
    assert know(session, RESOURCE, [code, "rack-1"]) == {"rack-1": "rack-1"}


def test_what_the_catalogue_names_enters_and_leaves_and_comes_back(session):
    with_both = settings(entry("a", exchanges=("59350LIL",)), entry("b", exchanges=("62041ARR", "59350LIL")))
    apply(session, with_both, NOW)
    assert retired(session) == {"59350LIL": False, "62041ARR": False}
    apply(session, settings(entry("a", exchanges=("59350LIL",))), NOW)
    assert retired(session) == {"59350LIL": False, "62041ARR": True}
    apply(session, with_both, NOW)
    assert retired(session) == {"59350LIL": False, "62041ARR": False}


def test_what_only_an_event_named_is_not_retired_by_the_catalogue(session):
    know(session, RESOURCE, ["rack-7"])
    apply(session, settings(entry("a", resources=("rack-1",))), NOW)
    assert retired(session) == {"rack-1": False, "rack-7": False}


def test_a_hidden_component_names_no_place(session):
    apply(session, settings(entry("a", resources=("canary",), visibility=Visibility.INTERNAL)), NOW)
    assert retired(session) == {}
