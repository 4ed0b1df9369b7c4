"""SMTP replies: RFC 5321's forms, caps, random bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wire.smtp import MalformedReply, Replies, Reply, ReplyTooLarge


def read_all(data: bytes) -> list[Reply]:
    replies = Replies()
    replies.feed(data)
    return list(iter(replies.next, None))


def test_a_reply_of_several_lines_is_one_reply():
    (reply,) = read_all(b"250-mail.example\r\n250-SIZE 1000\r\n250 help\r\n")
    assert (reply.code, reply.lines, reply.keywords) == (250, ("mail.example", "SIZE 1000", "help"), ("SIZE", "HELP"))


def test_replies_are_given_once_however_they_are_cut():
    replies = Replies()
    seen = []
    for byte in b"220 hi\r\n250-a\n250 b\n354\r\n":
        replies.feed(bytes([byte]))
        reply = replies.next()
        seen += [str(reply)] if reply else []
    assert seen == ["220 hi", "250 a", "354"]
    assert replies.is_empty


@pytest.mark.parametrize("data", [b"hello\r\n", b"2200 x\r\n", b"120 x\r\n", b"\r\n", b"250-a\r\n251 b\r\n"])
def test_what_is_no_reply_is_refused(data):
    with pytest.raises(MalformedReply):
        read_all(data)


@pytest.mark.parametrize("data", [b"220 " + b"x" * 2048, b"220-x\r\n" * 101])
def test_what_never_ends_is_refused(data):
    with pytest.raises(ReplyTooLarge):
        read_all(data)


def test_bytes_left_over_are_noticed():
    replies = Replies()
    replies.feed(b"220 ready\r\n2")
    assert replies.next()
    assert not replies.is_empty


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"250-a\r\n", b"250 b\r\n"]), max_size=10))
def test_random_bytes_are_read_or_refused(chunks):
    replies = Replies()
    for chunk in chunks:
        replies.feed(chunk)
        try:
            while reply := replies.next():
                assert 200 <= reply.code <= 599
        except MalformedReply:
            return
