from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from status.domain.availability import Span
from status.domain.states import Impact, PublicState, Visibility
from status.models import Component, Event, EventComponent, EventUpdate, Installation
from status.models.engine import reading, writing
from status.publication.manifest import Manifest, read_current
from status.publication.objects import YOUNG_S, Objects
from status.publication.plan import Plan, make_plan
from status.publication.publisher import Publisher
from status.publication.types import Render, Rendered
from status.queries.decided import Decided
from status.services import correcting, merging
from status.services.actors import cli_user
from status.services.incidents import Opening, open_incident
from status.web.assets import assets
from tests.status.publication.provider import START, Provider, losing_the_database_at_the_marks


@dataclass
class Desk:
    """A publisher whose swaps and pages are watched. `render` may be replaced to make pages fail."""

    provider: Provider
    swaps: list[int] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)
    failing: Callable[[str], Rendered | None] = lambda _path: None

    def __post_init__(self):
        self.pages: Render = write_plainly
        self.publisher = self.new()

    def new(self) -> Publisher:
        return Publisher(
            self.provider.runtime, self.render, assets(), lambda: self.swaps.append(len(self.rendered)), lambda: None
        )

    def render(self, session, path, audience, moment):
        self.rendered.append(path)
        return self.failing(path) or self.pages(session, path, audience, moment)

    def publish(self) -> Manifest:
        while self.publisher.turn():
            pass
        return self.manifest

    @property
    def manifest(self) -> Manifest:
        return read_current(self.provider.runtime.places.published)

    def body(self, path: str, *, stale: bool = False) -> str:
        entry = self.manifest.entries[path]
        objects = Objects(self.provider.runtime.places.published / "objects")
        return objects.body((entry.stale if stale else entry.object).hash).decode()


def write_plainly(_session, path, _audience, moment) -> Rendered:
    """Give pages that say no more than they must: the renewed ones their hour, the others their path."""
    present = "/feed." not in path and not path.startswith(("/fr/travaux/", "/en/travaux/"))
    renewed = present and path not in {"/fr/components/imap", "/en/components/imap"}
    said = f"{path} {moment.stale} {moment.verified_at if renewed else ''}"
    return Rendered(200, "text/html", said.encode(), present)


@pytest.fixture
def desk(provider: Provider) -> Desk:
    return Desk(provider)


def test_everything_public_is_published(desk, provider):
    provider.open()
    paths = set(desk.publish().entries)
    assert {"/", "/fr", "/en", "/status.json", "/fr/travaux", "/en/travaux/1234", "/fr/components/imap-1"} < paths
    assert {"/fr/feed.rss", "/en/components/email/feed.atom", *assets()} < paths
    assert not [path for path in paths if "secret" in path]


def test_every_object_of_a_generation_is_there(desk, provider):
    manifest = desk.publish()
    objects = Objects(provider.runtime.places.published / "objects")
    assert all(objects.path(name).exists() for name in manifest.objects())


def test_the_root_is_the_default_language_s_front(desk):
    entries = desk.publish().entries
    assert entries["/"].object == entries["/fr"].object


def test_pages_that_state_a_present_have_a_twin_and_an_hour(desk):
    entries = desk.publish().entries
    hour = (START + timedelta(seconds=180)).timestamp()
    for path in ("/", "/fr", "/status.json", "/fr/travaux", "/fr/components/email"):
        assert (entries[path].stale is not None, entries[path].valid_until) == (True, hour)
    assert entries["/fr/feed.rss"].stale is None


def test_the_pages_of_the_app_are_published(desk, provider):
    desk.pages = provider.render
    provider.open()
    desk.publish()
    assert "FS#1234" in desk.body("/fr")
    assert "update/1/fr" in desk.body("/fr/feed.rss")
    assert desk.body("/fr", stale=True) != desk.body("/fr")


NOT_THERE = {"/.well-known/security.txt"}
"""Published where somebody is named in it."""


def test_all_that_is_planned_is_a_page_of_the_app(desk, provider):
    desk.pages = provider.render
    provider.open()
    with provider.sessions() as session:
        plan = make_plan(session, ("fr", "en"), provider.now, ZoneInfo("Europe/Paris"), 14)
    entries = desk.publish().entries
    assert {path for path in plan.pages if path.startswith("/")} - set(entries) == NOT_THERE
    assert entries["/api/v2/summary.json"].refuses
    assert entries["/1.0/status/task"].query == ("impact", "status", "type")


def test_a_former_project_s_feed_is_published_with_its_component(desk, provider):
    with writing(provider.sessions) as session:
        session.get_one(Component, provider.ids["sip"]).legacy_project = 16
        session.get_one(Component, provider.ids["secret-core"]).legacy_project = 5
    desk.pages = provider.render
    provider.open("sip")
    entries = desk.publish().entries
    assert [path for path in entries if path.startswith("/rss.php")] == ["/rss.php", "/rss.php?proj=16"]
    assert entries["/rss.php?proj=16"].object == entries["/fr/components/sip/feed.rss"].object


def test_rendering_the_app_s_pages_twice_gives_equal_bytes(desk, provider):
    desk.pages = provider.render
    provider.open()
    first = desk.publish()
    desk.publisher = desk.new()
    second = desk.publish()
    assert (second.number > first.number, second.entries) == (True, first.entries)


def test_a_change_is_public_with_what_people_look_at_first(desk, provider):
    desk.publish()
    provider.open()
    desk.rendered.clear()
    desk.publisher.turn()
    assert "/fr/travaux/1234" in desk.manifest.entries
    assert {"/fr", "/fr/feed.rss", "/fr/travaux"} <= set(desk.rendered)
    assert "/fr/components/imap" not in desk.rendered


def test_words_set_right_are_public_at_once_also_of_an_event_nobody_wrote_on_lately(desk, provider):
    uid = provider.open(fr="Voila")
    for _ in range(6):
        provider.clock.pass_time(60)
        provider.open("sip", "Autre")
    desk.publish()
    desk.rendered.clear()
    with writing(provider.sessions) as session:
        event, anne = session.get_one(Event, uid), cli_user(session, "anne")
        words = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == uid)).one()
        correcting.correct(session, event, words, {"fr": "Voilà"}, anne, provider.now)
    desk.publisher.turn()
    assert {path for path in desk.rendered if "/travaux/" in path} == {"/fr/travaux/1234", "/en/travaux/1234"}


def test_what_nobody_said_is_found_after_the_first_swap(desk, provider):
    uid = provider.open("sip")
    desk.publish()
    desk.rendered.clear()
    with writing(provider.sessions) as session:
        session.get_one(EventComponent, (uid, provider.ids["sip"])).impact = Impact.DEGRADED
        session.get_one(Installation, 1).revision += 1
    desk.publisher.turn()
    assert ("/fr" in desk.rendered, "/fr/travaux/1234" in desk.rendered) == (True, False)
    desk.rendered.clear()
    desk.publish()
    assert {"/fr/travaux/1234", "/fr/components/sip", "/fr/components/telephony/feed.rss"} < set(desk.rendered)
    assert not {"/fr", "/fr/travaux", "/fr/feed.rss"} & set(desk.rendered)


def test_a_database_lost_after_the_first_swap_loses_nothing(desk, provider):
    desk.publish()
    provider.open()
    with losing_the_database_at_the_marks(provider):
        desk.publisher.turn()
    assert "/fr/travaux/1234" in desk.manifest.entries
    desk.rendered.clear()
    desk.publish()
    assert {"/fr/travaux/1234", "/fr/components/imap", "/fr/components/email/feed.rss"} < set(desk.rendered)


@pytest.mark.parametrize(
    ("gone", "back"),
    [
        ({"retired_at": START}, {"retired_at": None}),
        ({"visibility": Visibility.INTERNAL}, {"visibility": Visibility.PUBLIC}),
    ],
)
def test_what_left_and_came_back_while_the_database_was_lost_is_published(desk, provider, gone, back):
    def change(values):
        with writing(provider.sessions) as session:
            session.execute(sa.update(Component).where(Component.slug == "smtp").values(**values))
            session.get_one(Installation, 1).revision += 1

    before = set(desk.publish().entries)
    change(gone)
    with losing_the_database_at_the_marks(provider):
        desk.publisher.turn()
    change(back)
    assert set(desk.publish().entries) == before


def test_a_draft_merged_in_of_which_nothing_can_be_told_stops_no_page(desk, provider, caplog):
    desk.pages = provider.render
    public = provider.open(fr="Panne")
    with writing(provider.sessions) as session:
        anne = cli_user(session, "anne")
        opening = Opening({provider.ids["secret-core"]: Impact.FULL}, {"fr": "Coeur"}, {}, draft=True)
        draft = open_incident(session, opening, anne, provider.now)
        provider.clock.pass_time(30)
        merging.merge(session, [draft], session.get_one(Event, public), anne, provider.now, texts={})
    provider.clock.pass_time(30)
    provider.verify()
    assert "/fr" in desk.publish().entries
    assert "page_not_rendered" not in caplog.text
    with reading(provider.sessions) as session:
        decided = Decided(session, START, provider.now)
    seen = Span(PublicState.OPERATIONAL, START, provider.now)
    assert decided.applied(provider.ids["secret-core"], [seen]) == (replace(seen, state=PublicState.DOWN),)


def test_nothing_new_renders_nothing(desk):
    desk.publish()
    before = len(desk.rendered), len(desk.swaps)
    desk.publish()
    assert (len(desk.rendered), len(desk.swaps)) == before


def test_unchanged_bytes_keep_object_and_date(desk, provider):
    before = desk.publish().entries["/fr/feed.rss"]
    provider.clock.pass_time(30)
    with writing(provider.sessions) as session:
        session.get_one(Installation, 1).revision += 1
    assert desk.publish().entries["/fr/feed.rss"] == before
    assert desk.manifest.revision == 1


def test_the_present_is_renewed_each_minute_and_nothing_else(desk, provider):
    desk.publish()
    desk.rendered.clear()
    provider.clock.pass_time(59)
    provider.verify()
    desk.publish()
    assert desk.rendered == []
    provider.clock.pass_time(1)
    provider.verify()
    assert desk.publish().valid_until == provider.clock.at.wall + 180
    assert {"/fr", "/en/components/email", "/status.json"} < set(desk.rendered)
    assert not {"/fr/feed.rss", "/fr/components/imap", "/fr/components/imap/feed.rss"} & set(desk.rendered)


def test_without_a_decider_nothing_is_renewed(desk, provider):
    until = desk.publish().valid_until
    provider.clock.pass_time(600)
    assert desk.publish().valid_until == until


def test_after_an_interruption_the_page_is_green_at_once(desk, provider):
    desk.publish()
    provider.clock.pass_time(170)
    provider.verify()
    desk.publish()
    assert desk.manifest.valid_until == provider.clock.at.wall + 180


def test_a_clock_set_back_shortens_the_promise(desk, provider):
    desk.publish()
    with writing(provider.sessions) as session:
        session.get_one(Installation, 1).verified_at = START - timedelta(hours=1)
    assert desk.publish().valid_until == (START - timedelta(hours=1)).timestamp() + 180


def test_what_was_never_verified_is_published_as_such(desk, provider):
    with writing(provider.sessions) as session:
        session.get_one(Installation, 1).verified_at = None
    manifest = desk.publish()
    assert (manifest.valid_until, manifest.entries["/fr"].valid_until) == (None, 0.0)


def test_at_midnight_the_day_bars_are_rendered_again(desk, provider):
    desk.publish()
    desk.rendered.clear()
    provider.clock.pass_time(12 * 3_600)
    desk.publish()
    assert "/fr/components/imap" in desk.rendered


def test_a_page_that_cannot_be_rendered_keeps_its_bytes_and_the_others_go_on(desk, provider, caplog):
    before = desk.publish().entries["/fr/travaux"]
    desk.failing = lambda path: 1 / 0 if path == "/fr/travaux" else None
    provider.open()
    manifest = desk.publish()
    assert manifest.entries["/fr/travaux"] == before
    assert "/fr/travaux/1234" in manifest.entries
    assert "page_not_rendered" in caplog.text


def test_a_page_that_is_not_public_any_more_leaves(desk, provider):
    uid = provider.open()
    desk.publish()
    desk.failing = lambda path: Rendered(404, "text/html", b"", present=False) if "1234" in path else None
    provider.write(uid, fr="La suite")
    assert "/fr/travaux/1234" not in desk.publish().entries


def test_a_retired_component_s_page_leaves(desk, provider):
    desk.publish()
    with writing(provider.sessions) as session:
        session.execute(sa.update(Component).where(Component.slug == "smtp").values(retired_at=START))
        session.get_one(Installation, 1).revision += 1
    assert "/fr/components/smtp" not in desk.publish().entries


def test_a_full_disk_leaves_the_generation_and_is_tried_again(desk, provider):
    desk.publish()
    published = provider.runtime.places.published
    shutil.move(published / "objects", published / "kept")
    (published / "objects").write_bytes(b"")
    provider.open()
    with pytest.raises(NotADirectoryError):
        desk.publisher.turn()
    assert desk.manifest.revision == 0
    (published / "objects").unlink()
    shutil.move(published / "kept", published / "objects")
    assert desk.publish().revision == 1


def test_a_new_publisher_goes_on_where_the_old_one_ended(desk, provider):
    first = desk.publish()
    desk.publisher = desk.new()
    second = desk.publish()
    assert second.number > first.number
    assert second.entries["/fr/feed.rss"] == first.entries["/fr/feed.rss"]


def test_a_damaged_generation_is_replaced(desk, provider):
    number = desk.publish().number
    (provider.runtime.places.published / "current").unlink()
    (provider.runtime.places.published / "current").write_bytes(b"{")
    desk.publisher = desk.new()
    assert desk.publish().number > number


def test_old_generations_are_collected(desk, provider):
    for _ in range(20):
        provider.clock.pass_time(YOUNG_S)
        provider.verify()
        desk.publish()
    kept = len(list((provider.runtime.places.published / "generations").iterdir()))
    assert kept <= provider.runtime.settings.publication.keep_generations + 1


def plan_of(session, now) -> Plan:
    return make_plan(session, ("fr",), now, ZoneInfo("Europe/Paris"), feed_days=14)


def test_an_event_written_on_last_comes_first(provider):
    first = provider.open()
    for _ in range(6):
        provider.clock.pass_time(60)
        provider.open("sip", "Autre")
    provider.clock.pass_time(60)
    provider.write(first, fr="La suite.")
    with reading(provider.sessions) as session:
        plan = plan_of(session, provider.now)
    assert next(page.path for page in plan.first if "/travaux/" in page.path) == "/fr/travaux/1234"
    assert "/fr/travaux/1235" in [page.path for page in plan.rest]


def test_an_event_that_ended_long_ago_is_left_to_who_asks(provider):
    provider.close(provider.open())
    with reading(provider.sessions) as session:
        plan = plan_of(session, provider.now + timedelta(days=91))
    assert "/fr/travaux/1234" not in plan.pages
