"""The page of what an incident taught."""

from __future__ import annotations

import pytest

from status.models import Event, PostMortem
from tests.status.web.builder import NOW
from tests.status.web.days import quiet

PATH = "/fr/travaux/1201/post-mortem"


@pytest.fixture
def taught(fill):
    """Tell a quiet day whose closed incident has a post-mortem, published unless asked otherwise."""

    def _taught(text: dict[str, str], *, published: bool = True) -> None:
        def day(session):
            story = quiet(session)
            event = session.query(Event).filter_by(n=1201).one()
            at = NOW if published else None
            session.add(
                PostMortem(
                    event_uid=event.uid, text=text, author_id=1, created_at=NOW, changed_at=NOW, published_at=at
                )
            )  # fmt: skip
            return story

        fill(day)

    return _taught


def test_its_headings_stand_below_the_pages_own(app, taught):
    taught({"fr": "# Chronologie\n\n- 14 h : une carte **lâche**"})
    page = app.test_client().get(PATH).text
    assert "<h2>Chronologie</h2>" in page
    assert "<strong>lâche</strong>" in page
    assert page.count("<h1>") == 1


def test_a_text_of_the_other_language_is_marked(app, taught):
    taught({"fr": "Une carte a lâché."})
    assert '<div class="said" lang="fr"><p>Une carte a lâché.</p></div>' in app.test_client().get(f"/en{PATH[3:]}").text


def test_the_event_leads_to_it(app, taught):
    taught({"fr": "Une carte a lâché."})
    assert f'href="{PATH}"' in app.test_client().get("/fr/travaux/1201").text


def test_one_that_is_not_published_answers_like_one_that_never_was(app, taught):
    taught({"fr": "Canari"}, published=False)
    client = app.test_client()
    assert client.get(PATH).status_code == 404
    assert client.get(PATH).data == client.get("/fr/travaux/1202/post-mortem").data.replace(b"1202", b"1201")
    assert "post-mortem" not in client.get("/fr/travaux/1201").text


def test_redacted_words_are_said_to_be_removed(app, taught):
    taught({})
    assert "Passage retiré le" in app.test_client().get(PATH).text


def test_hostile_words_do_not_run(app, taught):
    taught({"fr": "<script>alert(1)</script> [x](javascript:alert(1)) ![x](https://x.example/p.png)"})
    page = app.test_client().get(PATH).text.split("<main", 1)[1]
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:" not in page.replace("](javascript:", "")
