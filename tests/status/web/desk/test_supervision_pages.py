"""Where checks run from, and how supervision itself is."""

from __future__ import annotations

from datetime import timedelta

from status import __version__
from status.models import Inbox, Location
from status.services.life_signs import write_life_sign
from status.services.reloading import note_refused, note_taken
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import quiet
from tests.status.web.signing_in import sign_in


def with_rows(*rows):
    def day(session):
        story = quiet(session)
        session.add_all(rows)
        return story

    return day


def place(slug, **more):
    return Location(slug=slug, created_at=ago(days=9), **{"set_aside_at": None, "set_aside_reason": "", **more})


def page(app, path):
    answer = sign_in(app, "rita").get(path)
    assert answer.status_code == 200
    return answer.text


def test_a_location_is_shown_with_its_last_self_test(app, fill):
    fill(with_rows(place("here", tested_at=ago(seconds=10), tested_well=2, tested_of=3)))
    assert "2 sur 3 ont répondu" in page(app, "/desk/locations")


def test_a_location_set_aside_says_since_when_and_why(app, fill):
    fill(with_rows(place("here", set_aside_at=ago(minutes=4), set_aside_reason="2 of 3 references do not answer")))
    shown = page(app, "/desk/locations")
    assert "écarté" in shown
    assert "2 of 3 references do not answer" in shown


def test_a_silent_agent_says_how_long_ago_it_was_heard(app, fill):
    fill(with_rows(place("rbx", token_hash="a", heard_at=ago(minutes=5))))
    shown = page(app, "/desk/locations")
    assert "muet" in shown
    assert "il y a 5\u00a0min" in shown


def test_an_agent_says_its_release_and_whether_it_is_ours(app, fill):
    fill(with_rows(place("rbx", token_hash="a", heard_at=NOW, agent_version="0.0.1"),
                   place("gra", token_hash="b", heard_at=NOW, agent_version=__version__)))  # fmt: skip
    shown = page(app, "/desk/locations")
    assert shown.count("n’est pas celle de ce serveur") == 1
    assert "0.0.1" in shown


def test_a_monitor_that_stands_still_is_told_on_both_pages(app, fill):
    fill(lambda session: Story(session).begin(ago(minutes=4)))
    assert "Le moniteur ne décide plus" in page(app, "/desk/supervision")
    assert "La supervision est arrêtée" in page(app, "/desk")


def test_a_refused_configuration_shows_its_faults(app, fill):
    def day(session):
        story = quiet(session)
        note_taken(session, 12, ago(hours=1))
        note_refused(session, "config.toml:12: unknown kind 'htp'", ago(minutes=5))
        return story

    fill(day)
    assert "unknown kind &#39;htp&#39;" in page(app, "/desk/supervision")
    assert "config.toml a été refusé" in page(app, "/desk")


def test_a_configuration_taken_again_is_no_news(app, fill):
    def day(session):
        story = quiet(session)
        note_refused(session, "config.toml:12: unknown kind 'htp'", ago(minutes=5))
        note_taken(session, 12, ago(minutes=1))
        return story

    fill(day)
    assert "12 contrôles" in page(app, "/desk/supervision")
    assert "refusé" not in page(app, "/desk")


def test_a_process_without_a_sign_of_life_is_told(app, fill):
    def day(session):
        story = quiet(session)
        write_life_sign(session, "monitor", NOW)
        write_life_sign(session, "publisher", ago(minutes=3), "waiting for the lease")
        return story

    fill(day)
    shown = page(app, "/desk/supervision")
    assert shown.index("vivant") < shown.index("aucun signe de vie")
    assert "waiting for the lease" in shown


def test_batches_of_agents_that_wait_too_long_are_behind(app, fill):
    def day(session):
        story = with_rows(rbx := place("rbx", token_hash="a", heard_at=NOW))(session)
        session.flush()
        session.add(Inbox(location_id=rbx.id, received_at=NOW - timedelta(minutes=2), data={}))
        return story

    fill(day)
    assert "1 en attente, le plus ancien depuis 2\u00a0min" in page(app, "/desk/supervision")
