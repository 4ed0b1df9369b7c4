"""A copy in a folder: what it holds, what it claims, what a push touches."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from status.models import Component
from status.models.engine import writing
from status.publication.mirror import Site
from status.publication.publisher import Publisher
from status.publication.push_directory import Directory
from status.publication.push_targets import PushFailed
from status.web.assets import assets
from tests.status.publication.house import House, new_house, same_house
from tests.status.publication.provider import Provider

LINK = re.compile(r'(?:href|src)="(/[^"#]*)')


def with_events(provider: Provider) -> None:
    provider.open("imap")
    provider.plan("sip")


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[House]:
    """A provider with an incident and a work, published and pushed; only looked at."""
    with new_house(tmp_path_factory.mktemp("standing"), with_events) as house:
        yield house


@pytest.fixture
def house(standing, tmp_path: Path) -> Iterator[House]:
    """The same, to be changed."""
    with same_house(standing, tmp_path / "house") as house:
        yield house


@pytest.fixture
def provider(house) -> Provider:
    return house.provider


def test_pages_are_ordinary_files(standing):
    expected = {"index.html", "fr/index.html", "en/travaux/1234/index.html", "fr/components/imap/index.html"}
    assert expected | {"status.json", "fr/feed.rss", "en/feed.atom", "emergency.json", "404.html"} < standing.files()


def test_every_link_leads_to_a_file_of_the_copy(standing):
    links = {link for page in standing.pages().values() for link in LINK.findall(page)}
    assert len(links) > 20
    missing = {link for link in links if not (standing.root / (link[1:] + "index.html" * link.endswith("/"))).is_file()}
    assert missing == set()


def test_links_to_pages_end_with_a_slash(standing):
    links = {link for page in standing.pages().values() for link in LINK.findall(page)}
    assert {link for link in links if "." not in link and not link.endswith("/")} == set()


def test_each_page_names_the_main_site_as_its_canonical_address(standing):
    assert 'rel="canonical" href="https://status.example/fr/travaux/1234"' in standing.text(
        "fr/travaux/1234/index.html"
    )
    assert [
        file for file, page in standing.pages().items() if 'rel="canonical" href="https://status.example/' not in page
    ] == []


def test_what_a_copy_cannot_answer_is_not_there(standing):
    for file, page in standing.pages().items():
        assert not re.findall(r"<(?:form|button|select|input)\b", page), file
        assert page.count("<script ") == 1, file
    assert '<a href="https://status.example/fr/travaux">Chercher' in standing.text("fr/travaux/index.html")


def test_the_banner_says_until_when_the_copy_holds(standing):
    banner = standing.text("fr/index.html").split('class="banner')[1].split("</section>")[0]
    said = re.sub(r"<[^>]*>", "", banner)
    assert "État à 13:00:00\u00a0; au-delà de 13:03 cette copie n’est plus à jour" in said
    assert "vérifié à" not in said


def test_every_page_renewed_each_minute_says_until_when(standing):
    renewed = {file: page for file, page in standing.pages().items() if "data-until=" in page}
    assert {"index.html", "fr/index.html", "en/index.html", "fr/components/email/index.html"} <= renewed.keys()
    for file, page in renewed.items():
        assert re.search(r"au-delà de <time|; after <time", page), file
        assert 'data-until="2026-11-22T12:03:00Z"' in page, file


def test_a_page_that_is_not_renewed_states_no_present(standing):
    page = standing.text("fr/components/imap-1/index.html")
    assert 'class="copy">Copie faite le 22 novembre 2026 à 13:00 (CET)' in page.replace("\u00a0", " ")
    assert "s-operational" not in page
    assert 'href="/fr/">état actuel</a>' in page


@pytest.mark.parametrize("path", ["travaux/1234", "calendar", "about", "legal", "components/imap-1"])
def test_every_page_that_is_not_renewed_says_when_the_copy_was_made(standing, path):
    for language, said in (("fr", "Copie faite le 22 novembre 2026 à 13:00"), ("en", "Copy made on")):
        page = standing.text(f"{language}/{path}/index.html").replace("\u00a0", " ")
        assert page.count(f'<p class="copy">{said}') == 1
        assert f'href="/{language}/">' in page.split('<p class="copy">')[1].partition("</p>")[0]


def test_an_event_that_says_the_same_is_not_pushed_again(house, provider):
    house.later(60)
    provider.open("sip")
    before = (house.root / "fr/travaux/1234/index.html").stat().st_mtime_ns
    house.both()
    assert (house.root / "fr/travaux/1234/index.html").stat().st_mtime_ns == before


def test_a_page_held_back_after_a_silence_says_what_was(house, provider):
    before = house.text("fr/components/imap/index.html")
    provider.open("imap")
    house.later(600)
    Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None).turn()
    house.push()
    assert house.text("fr/components/imap/index.html") == before
    assert 'data-until="2026-11-22T12:13:00Z"' in house.text("fr/index.html")


def test_a_stale_twin_lies_beside_each_page_that_states_a_present(standing):
    twin = standing.text("fr/stale.html")
    assert "Copie non renouvelée depuis" in twin
    assert "s-operational" not in twin
    assert "Supervision interrompue" not in twin
    assert '"stale":true' in standing.text("status.stale.json")


def test_status_json_carries_what_an_emergency_needs(standing):
    said = standing.text("status.json")
    assert '"authority":"status.example"' in said
    assert '"year":2026' in said


def test_what_could_not_say_that_it_is_old_is_not_there(standing):
    """A picture on a host that runs nothing of ours would be green for ever."""
    assert not [file for file in standing.files() if file.startswith(("badges/", "rss.php", "1.0/"))]
    assert "api/v2/summary.json" in standing.files()
    assert "api/v2/summary.stale.json" not in standing.files()


def test_feeds_stay_as_they_are(standing):
    published = standing.provider.runtime.places.published
    from status.publication.manifest import read_current
    from status.publication.objects import Objects

    entry = read_current(published).entries["/fr/feed.rss"]
    assert standing.text("fr/feed.rss").encode() == Objects(published / "objects").body(entry.object.hash)


def test_nothing_changed_nothing_goes_there(house):
    assert (house.push().written, house.push().removed) == (0, 0)


def test_a_minute_later_only_what_is_renewed_goes_there(house):
    before = {file: (house.root / file).stat().st_mtime_ns for file in house.files()}
    house.later(60)
    assert house.both().written > 0
    changed = {file for file, at in before.items() if (house.root / file).stat().st_mtime_ns != at}
    assert "fr/index.html" in changed
    assert not [file for file in changed if file.startswith(("fr/travaux/1", "static/", "fr/components/imap"))]


class Watched(Directory):
    """Tells in which order it was written."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.deeds: list[tuple[str, str]] = []

    def write(self, files):
        self.deeds += [("write", file) for file in files]
        super().write(files)

    def remove(self, files):
        self.deeds += [("remove", file) for file in files]
        super().remove(files)


def retire(provider, slug: str) -> None:
    with writing(provider.sessions) as session:
        session.get_one(Component, provider.ids[slug]).retired_at = provider.now
        from status.services.publishing import raise_revision

        raise_revision(session)


def test_assets_go_first_fronts_last_and_removals_after_them(house, provider):
    house.target = Watched(house.root)
    provider.open("sip")
    retire(provider, "imap-1")
    house.later(60)
    house.both()
    files = [file for deed, file in house.target.deeds if deed == "write"]
    assert max(files.index(f"{each}index.html") for each in ("", "fr/", "en/")) > files.index(
        "fr/travaux/1236/index.html"
    )
    assert files.index("fr/index.html") > files.index("fr/stale.html") > files.index("fr/travaux/1236/index.html")
    assert files[-1] == "mirror.json"
    assert ("remove", "fr/components/imap-1/index.html") in house.target.deeds[-10:]


def test_what_is_no_longer_published_is_removed_and_what_is_not_ours_stays(house, provider):
    (house.root / "fr" / "components" / "own.txt").write_text("ours")
    retire(provider, "imap-1")
    house.both()
    assert not (house.root / "fr/components/imap-1").exists()
    assert house.text("fr/components/own.txt") == "ours"


def test_a_copy_that_somebody_else_pushed_to_is_pushed_whole(house):
    (house.root / "mirror.json").unlink()
    (house.root / "fr" / "index.html").write_text("something else")
    house.push()
    assert "État à" in house.text("fr/index.html")


def test_a_copy_below_a_path_is_linked_below_it(house):
    house.site = Site("https://status.example", "Europe/Paris", "https://pages.example/status")
    house.push()
    page = house.text("fr/index.html")
    assert 'href="/status/fr/travaux/"' in page
    assert 'src="/status/static/mirror.' in page
    assert 'data-root="/status/"' in page


def test_nothing_is_pushed_before_anything_was_published(house):
    shutil.rmtree(house.provider.runtime.places.published)
    with pytest.raises(PushFailed, match="nothing was published yet"):
        house.push()


def test_a_folder_that_cannot_be_written_is_told_with_its_reason(house, tmp_path):
    (tmp_path / "file").write_text("")
    house.target = Directory(tmp_path / "file" / "below")
    with pytest.raises(PushFailed, match=r"Not a directory|File exists"):
        house.push()


def test_every_page_of_a_copy_four_minutes_old_claims_no_present(standing):
    states = {file: page for file, page in standing.pages().items() if "/about/" not in file}  # it explains the words
    for file, page in states.items():
        told = "au-delà de" in page or "up to date" in page or "Copie faite" in page or "Copy made" in page
        assert told or "s-operational" not in page, file


def test_the_script_is_small():
    script = Path("status/static/mirror.js")
    assert (Path(__file__).parents[3] / script).stat().st_size < 2_560


def test_an_old_page_is_made_again_when_what_it_links_to_is_gone(house, provider):
    linked = 'href="/fr/components/imap-1/"'
    assert linked in house.text("fr/components/imap/index.html")
    retire(provider, "imap-1")
    house.later(int(timedelta(minutes=1).total_seconds()))
    house.both()
    assert linked not in house.text("fr/components/imap/index.html")
