from __future__ import annotations

import pytest

from status.domain.audience import PUBLIC
from status.models.engine import reading
from status.queries.feed import Window, feed_items
from tests.status.publication.provider import Provider

DAY_S = 86_400


@pytest.fixture
def numbers(provider: Provider):
    """The (event, update) numbers of the French feed, newest first."""

    def read(window: Window) -> list[tuple[int, int]]:
        with reading(provider.sessions) as session:
            return [(item.n, item.k) for item in feed_items(session, PUBLIC, "fr", window, provider.now)]

    return read


def test_items_older_than_the_window_leave(provider, numbers):
    provider.close(provider.open())
    provider.clock.pass_time(15 * DAY_S)
    assert numbers(Window(14, 0, 500)) == []


def test_the_least_number_of_items_stays_however_old(provider, numbers):
    provider.close(provider.open())
    provider.clock.pass_time(400 * DAY_S)
    assert numbers(Window(14, 50, 500)) == [(1234, 2), (1234, 1)]


def test_the_latest_of_an_open_event_stays_however_old(provider, numbers):
    provider.write(provider.open(), fr="La suite.")
    provider.clock.pass_time(400 * DAY_S)
    assert numbers(Window(14, 0, 500)) == [(1234, 2)]


def test_past_the_most_the_oldest_of_closed_events_leave_first(provider, numbers):
    provider.open()
    provider.clock.pass_time(60)
    provider.close(provider.open("sip", "Autre"))
    provider.clock.pass_time(60)
    provider.close(provider.open("smtp", "Encore"))
    assert numbers(Window(14, 0, 3)) == [(1236, 2), (1236, 1), (1234, 1)]


def test_the_newest_come_first(provider, numbers):
    provider.open()
    provider.clock.pass_time(60)
    provider.open("sip", "Autre")
    assert numbers(Window(14, 50, 500)) == [(1235, 1), (1234, 1)]
