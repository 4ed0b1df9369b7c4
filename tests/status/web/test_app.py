"""The app: addresses, headers, errors, rendering for the publisher."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from status.app import create_app, make_render
from status.domain.audience import PUBLIC
from status.models import Installation
from status.publication.types import Moment
from status.web.assets import address_of, assets, minify
from tests.status.web.builder import NOW
from tests.status.web.days import one_incident, quiet, very_bad_day

PATHS = ("/", "/fr", "/en", "/fr/travaux", "/fr/travaux/1203", "/en/components/sip", "/status.json")
MOMENT = Moment(7, NOW, NOW + timedelta(seconds=180))


def test_making_the_app_opens_no_connection(runtime, statements):
    create_app(runtime)
    assert statements == []


@pytest.mark.parametrize("path", PATHS)
def test_rendering_twice_gives_equal_bytes(app, runtime, fill, path):
    fill(one_incident)
    render = make_render(app)
    with runtime.sessions() as session:
        first, second = (render(session, path, PUBLIC, MOMENT) for _ in range(2))
    assert first == second
    assert first.status == 200


def test_only_pages_that_say_verified_state_a_present(app, runtime, fill):
    fill(one_incident)
    render = make_render(app)
    with runtime.sessions() as session:
        present = {path for path in (*PATHS, "/fr/components/email") if render(session, path, PUBLIC, MOMENT).present}
    assert present == {"/", "/fr", "/en", "/fr/travaux", "/status.json", "/en/components/sip", "/fr/components/email"}


def test_a_stale_twin_differs_and_has_no_green(app, runtime, fill):
    fill(quiet)
    render = make_render(app)
    stale = Moment(7, NOW, NOW, stale=True)
    with runtime.sessions() as session:
        for path in ("/fr", "/fr/travaux", "/fr/components/email", "/fr/components/dns"):
            page = render(session, path, PUBLIC, stale).body.decode()
            assert "s-operational" not in page
            assert "interrompue" in page


@pytest.mark.parametrize("seconds", [-200, 200])
def test_a_direct_page_verified_long_ago_or_far_ahead_is_stale(app, runtime, fill, seconds):
    fill(quiet)
    with runtime.sessions() as session:
        session.get_one(Installation, 1).verified_at = NOW + timedelta(seconds=seconds)
        session.commit()
    page = app.test_client().get("/fr").data.decode()
    assert "s-operational" not in page


def test_the_publishers_page_equals_the_direct_one(app, runtime, fill):
    fill(one_incident)
    with runtime.sessions() as session:
        published = make_render(app)(session, "/fr", PUBLIC, MOMENT)
    assert published.body == app.test_client().get("/fr").data


@pytest.mark.parametrize("path", [*PATHS, "/nope", "/fr/components/none"])
def test_every_answer_is_guarded_and_sets_no_cookie(app, fill, path):
    fill(one_incident)
    headers = app.test_client().get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/fr/", "/fr/travaux/", "/fr/travaux/1203/", "/en/components/sip/"])
def test_a_trailing_slash_leads_to_the_canonical_address(app, fill, path):
    fill(one_incident)
    answer = app.test_client().get(path + "?area=email")
    assert (answer.status_code, answer.location) == (301, path.rstrip("/") + "?area=email")


@pytest.mark.parametrize("written", ["%0A", "%0D", "%09", "%0D%0AX-Made-Up:%20yes", "%C3%A9"])
def test_a_trailing_slash_after_what_no_header_may_hold_leads_to_a_page_that_is_none(app, fill, written):
    fill(quiet)
    client = app.test_client()
    answer = client.get(f"/fr/components/{written}/")
    assert (answer.status_code, "X-Made-Up" in answer.headers) == (301, False)
    assert client.get(answer.location).status_code == 404


@pytest.mark.parametrize("path", ["/fr//travaux/", "/nope/", "/de", "/fr/travaux/x", "/fr/travaux/0012x/"])
def test_an_unknown_address_is_not_found(app, fill, path):
    fill(quiet)
    assert app.test_client().get(path).status_code == 404


def test_not_found_speaks_the_language_of_the_address(app, fill):
    fill(quiet)
    client = app.test_client()
    assert "Page introuvable" in client.get("/fr/rien").text
    assert "Page not found" in client.get("/en/nothing").text


def test_a_database_that_is_gone_is_503_with_retry_after(app, engine):
    from status.models import Base

    Base.metadata.drop_all(engine)
    answer = app.test_client().get("/fr")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Traceback" not in answer.text


def test_status_json_gives_every_state_and_the_moment(app, fill):
    fill(very_bad_day)
    said = json.loads(app.test_client().get("/status.json").data)
    assert (said["verified_at"], said["valid_until"]) == ("2026-11-22T13:32:07Z", "2026-11-22T13:35:07Z")
    assert [area["slug"] for area in said["areas"]] == ["hosting", "email", "telephony", "xdsl"]
    assert len(said["components"]) == 394


@pytest.mark.parametrize("path", ["/fr/feed.rss", "/en/feed.atom", "/fr/components/sip/feed.rss"])
def test_every_feed_a_page_names_is_answered(app, fill, path):
    fill(one_incident)
    client = app.test_client()
    assert f'href="{path}"' in client.get(path.rsplit("/", 1)[0]).text
    assert client.get(path).status_code == 200


def test_the_stylesheet_is_cached_for_ever_under_its_hash(app):
    answer = app.test_client().get(address_of("travaux.css"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert app.test_client().get("/static/travaux.000000000000.css").status_code == 404


def test_assets_are_four_stylesheets_an_icon_for_each_state_and_two_scripts():
    css, script = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
    assert [asset.content_type for asset in assets().values()] == [
        css,
        css,
        css,
        css,
        *["image/svg+xml"] * 5,
        script,
        script,
    ]


def test_minifying_keeps_what_css_means():
    assert minify("/* a */ a + b { color : red ; margin: calc(1px + 2px) }\n") == (
        "a + b{color :red;margin:calc(1px + 2px)}"
    )


def test_a_bug_of_ours_is_said_in_the_sites_words_and_without_its_traceback(app, fill, monkeypatch):
    fill(quiet)
    monkeypatch.setattr("status.web.public.front.read_front", lambda *_: 1 / 0)
    answer = app.test_client().get("/fr")
    assert answer.status_code == 500
    assert "Content-Security-Policy" in answer.headers
    assert "ne peut pas être affichée" in answer.text
    assert "Traceback" not in answer.text
