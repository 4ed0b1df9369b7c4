"""ICMP echo: bytes and values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wire import icmp
from probes.wire.icmp import V4, V6, Echo, Version

VERSIONS = st.sampled_from([V4, V6])
ECHOES = st.builds(Echo, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=200))


def test_the_checksum_of_the_standards_example() -> None:
    """RFC 1071 §3: the sum of these bytes is ddf2."""
    assert icmp.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_the_checksum_of_an_ipv4_header_known_to_be_right_is_zero() -> None:
    assert icmp.checksum(bytes.fromhex("45000073000040004011b861c0a80001c0a800c7")) == 0


@pytest.mark.parametrize(("version", "head"), [(V4, "0800 f7fc 0001 0002"), (V6, "8000 0000 0001 0002")])
def test_a_request_is_written_as_the_standard_draws_it(version: Version, head: str) -> None:
    assert icmp.pack_request(version, Echo(1, 2, b"")) == bytes.fromhex(head)


def test_a_reply_seen_on_a_wire_is_read() -> None:
    """Of a first `ping` of Windows, identifier and sequence 1."""
    seen = bytes.fromhex("0000 555a 0001 0001") + b"abcdefghijklmnopqrstuvwabcdefghi"
    assert icmp.read_reply(V4, seen) == Echo(1, 1, b"abcdefghijklmnopqrstuvwabcdefghi")


@given(version=VERSIONS, echo=ECHOES)
def test_what_is_written_is_read_again(version: Version, echo: Echo) -> None:
    assert icmp.read_reply(version, icmp.pack_reply(version, echo)) == echo
    assert icmp.read_request(version, icmp.pack_request(version, echo)) == echo
    assert icmp.read_reply(version, icmp.pack_request(version, echo)) is None


@given(echo=ECHOES, flipped=st.data())
def test_a_reply_with_a_wrong_bit_is_no_reply(echo: Echo, flipped: st.DataObject) -> None:
    packet = bytearray(icmp.pack_reply(V4, echo))
    packet[flipped.draw(st.integers(0, len(packet) - 1))] ^= 1 << flipped.draw(st.integers(0, 7))
    assert icmp.read_reply(V4, bytes(packet)) is None


@given(version=VERSIONS, packet=st.binary(max_size=100), kind=st.integers(0, 255), code=st.integers(0, 255))
def test_any_bytes_are_read_without_harm(version: Version, packet: bytes, kind: int, code: int) -> None:
    icmp.read_reply(version, icmp.strip_ipv4(packet))
    icmp.read_reply(version, packet)
    icmp.read_request(version, packet)
    assert icmp.lost_by(version, kind, code) != ""


@given(options=st.binary(max_size=40).map(lambda some: some[: len(some) // 4 * 4]), carried=st.binary(max_size=60))
def test_an_ipv4_header_is_cut_off_with_its_options(options: bytes, carried: bytes) -> None:
    head = bytes([0x40 | (20 + len(options)) // 4]) + bytes(19) + options
    assert icmp.strip_ipv4(head + carried) == carried


@pytest.mark.parametrize("packet", [b"", bytes(20), bytes([0x44]) + bytes(30), bytes([0x65]) + bytes(30)])
def test_what_is_no_ipv4_packet_carries_nothing(packet: bytes) -> None:
    assert icmp.strip_ipv4(packet) == b""


@pytest.mark.parametrize(
    ("version", "kind", "code", "name"),
    [
        (V4, 3, 1, "host unreachable"),
        (V4, 3, 14, "destination unreachable (code 14)"),
        (V4, 11, 0, "time to live exceeded in transit"),
        (V4, 12, 0, "parameter problem"),
        (V4, 4, 0, None),  # source quench: nothing got lost
        (V4, 5, 1, None),  # redirect: the packet went on
        (V6, 1, 3, "address unreachable"),
        (V6, 2, 0, "packet too big"),
        (V6, 137, 0, None),
    ],
)
def test_errors_that_mean_a_loss_have_names(version: Version, kind: int, code: int, name: str | None) -> None:
    assert icmp.lost_by(version, kind, code) == name
