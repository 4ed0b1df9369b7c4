"""What is left to be rendered: newer changes first, nothing twice, nothing that is planned no more."""

from __future__ import annotations

from status.publication.addresses import page
from status.publication.backlog import Backlog


def pages(*paths: str):
    return [page(path) for path in paths]


def paths_of(backlog: Backlog) -> list[str]:
    return [left.path for left in backlog]


def test_what_a_newer_change_touched_goes_before_what_is_left():
    backlog = Backlog()
    backlog.begin(pages("/a", "/b", "/c", "/d"))
    backlog.put_before(pages("/c", "/e"), done=pages("/b"), planned={"/a", "/b", "/c", "/d", "/e"})
    assert (paths_of(backlog), backlog.is_urgent) == (["/c", "/e", "/a", "/d"], True)


def test_an_older_change_s_pages_follow_the_newer_one_s():
    backlog = Backlog()
    backlog.put_before(pages("/a", "/b"), done=(), planned={"/a", "/b", "/c"})
    backlog.put_before(pages("/c", "/b"), done=(), planned={"/a", "/b", "/c"})
    assert paths_of(backlog) == ["/c", "/b", "/a"]


def test_what_is_done_is_not_put_in_again():
    backlog = Backlog()
    backlog.put_before(pages("/a", "/b"), done=pages("/a"), planned={"/a", "/b"})
    assert paths_of(backlog) == ["/b"]


def test_what_is_planned_no_more_is_left_out():
    backlog = Backlog()
    backlog.begin(pages("/a", "/b"))
    backlog.put_before((), done=(), planned={"/b"})
    assert paths_of(backlog) == ["/b"]


def test_what_is_rendered_leaves_from_the_front():
    backlog = Backlog()
    backlog.begin(pages("/c", "/d"))
    backlog.put_before(pages("/a", "/b"), done=(), planned={"/a", "/b", "/c", "/d"})
    backlog.drop(3)
    assert (paths_of(backlog), backlog.is_urgent) == (["/d"], False)
    backlog.without(pages("/d"))
    assert not backlog
