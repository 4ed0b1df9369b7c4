"""Pushing to a bucket: every request is signed so that a store that checks takes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from status.publication.push_s3 import S3
from status.publication.push_targets import Address, PushFailed
from tests.servers.s3 import KEY_ID, SECRET, Asked, Bucket, signature
from tests.servers.uploads import Uploads, uploads
from tests.status.publication.house import new_house, unpushed

pytest.importorskip("requests_aws4auth", reason="the package requests-aws4auth is not installed")

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
AT = {"host": "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z"}
GET = Asked("GET", "/test.txt", "", {**AT, "range": "bytes=0-9", "x-amz-content-sha256": EMPTY})
PUT = Asked(
    "PUT", "/test%24file.text", "",
    {**AT, "date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
     "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (GET, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        (PUT, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ],
    ids=["get", "put"],
)
def test_the_tests_own_store_signs_as_aws_published(asked, expected):
    assert signature(asked, ";".join(sorted(asked.headers)), "us-east-1") == expected


@pytest.fixture
def store() -> Iterator[Uploads]:
    with uploads(Bucket) as store:
        yield store


def bucket(store: Uploads, secret: str = SECRET, **rest) -> S3:
    return S3(Address("s3://pages/status", endpoint=store.url, user=KEY_ID, **rest), secret)


def test_files_are_put_read_and_deleted(store):
    target = bucket(store, region="fr-par")
    target.write({"fr/index.html": b"<p>", "static/a.1.css": b"p{}"})
    assert store.files == {"pages/status/fr/index.html": b"<p>", "pages/status/static/a.1.css": b"p{}"}
    assert target.read("fr/index.html") == b"<p>"
    assert target.read("nope.json") is None
    target.remove(["fr/index.html", "nope.json"])
    assert list(store.files) == ["pages/status/static/a.1.css"]


def test_a_whole_copy_and_an_emergency_reach_the_bucket(tmp_path, store):
    with new_house(tmp_path) as house:
        unpushed(house, bucket(store))
        house.push()
        house.say()
    assert store.types["pages/status/fr/index.html"] == "text/html; charset=utf-8"
    assert b"emergency" in store.files["pages/status/fr/index.html"]


def test_a_wrong_key_is_refused_and_not_told(store):
    with pytest.raises(PushFailed, match="answered 403") as failed:
        bucket(store, "hunter2").write({"a.json": b"{}"})
    assert "hunter2" not in str(failed.value)
    assert store.files == {}


def test_what_it_lacks_is_told_before_anything_is_asked(store):
    with pytest.raises(PushFailed, match="endpoint, user"):
        S3(Address("s3://pages"), SECRET)
