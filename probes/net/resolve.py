"""Names to addresses: the only look-ups of a prober, made inside the check's deadline. No getaddrinfo, no cache.

    literal address │ /etc/hosts │ a slot of the name's zone ─▶ a name server, the next one … ─▶ addresses

Why it is our own: docs/decisions/0002-own-resolver.md.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from probes.net.exchange import Heard, ask
from probes.net.system import RESOLV_CONF, Hosts, Server, WatchedFile, literal_family, parse_resolv_conf, parse_server
from probes.net.watch import Watch
from probes.types import CannotProbe, ProbeFailure
from probes.wire import dns as wire

if TYPE_CHECKING:
    from probes.deadline import Deadline

Family = Literal["any", "ipv4", "ipv6"]

RDTYPES: Final[Mapping[Family, tuple[int, ...]]] = {"any": (wire.A, wire.AAAA), "ipv4": (wire.A,), "ipv6": (wire.AAAA,)}
TRIES_S: Final = (1.0, 2.0, 4.0)
"""How long one server is waited for in the first, the second and every further round."""
NO_ROOM: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

REASONS: Final[Mapping[str, str]] = {
    "dns_timeout": "no name server answered in time",
    "dns_nxdomain": "the name does not exist",
    "dns_servfail": "the name servers answered SERVFAIL",
    "dns_refused": "the name servers answered REFUSED",
    "dns_nodata": "the name exists and has no address of the family asked",
    "dns_error": "the name servers' answers can't be used",
}
"""Reasons of every kind that looks a name up."""


FINAL: Final = ("dns_nxdomain", "dns_nodata")
"""What another name server would not say otherwise."""

Failure = ProbeFailure | CannotProbe


class _Zone:
    """The look-ups below one registered domain: how many may run, how many run or wait."""

    __slots__ = ("slots", "users")

    def __init__(self, inflight: int) -> None:
        self.slots = asyncio.Semaphore(inflight)
        self.users = 0

    async def enter(self, deadline: Deadline) -> None:
        """Take a slot. Raise TimeoutError when none came free in time."""
        if self.slots.locked():
            async with asyncio.timeout(deadline.left_s()):
                await self.slots.acquire()
        else:
            await self.slots.acquire()


class Resolver:
    """Asks name servers in their order. Made once per prober process, used from one loop.

    `servers` are literal addresses with an optional port; none means those of /etc/resolv.conf, followed when the
    file changes. At most `inflight_per_zone` look-ups run at once below one zone (the last two labels of a name):
    a zone whose servers never answer fills its own slots only.
    """

    def __init__(self, servers: tuple[str, ...] = (), inflight_per_zone: int = 32, hosts: Hosts | None = None) -> None:
        self._servers = tuple(map(parse_server, servers))
        self._inflight = inflight_per_zone
        self._hosts = hosts or Hosts()
        self._resolv_conf = WatchedFile(RESOLV_CONF, parse_resolv_conf)
        self._zones: dict[str, _Zone] = {}
        self._watch: Watch | None = None

    async def resolve(self, name: str, family: Family, deadline: Deadline) -> tuple[str, ...]:
        """Give the addresses of `name`, IPv4 before IPv6; an address gives itself. A fresh look-up each time.

        With `any` both families are asked for at once and one that has addresses suffices. Raise ProbeFailure with
        a `dns_*` reason naming the server asked; CannotProbe('no_resolver') when there is no name server to ask or
        none of them listens, CannotProbe('no_capacity') when this machine has no socket left.
        """
        if literal_family(name) is not None:
            found = _of_family((name,), family)
            if not found:
                raise _no_address(name, family, "the address given")
            return found
        name = name.rstrip(".").lower()
        known = _of_family(self._hosts.look_up(name), family)
        if known:
            return known
        key = ".".join(name.rsplit(".", 2)[-2:])
        zone = self._zones.get(key)
        if zone is None:
            zone = self._zones[key] = _Zone(self._inflight)
        zone.users += 1
        try:
            return await self._in_turn(zone, name, family, deadline)
        finally:
            zone.users -= 1
            if not zone.users:
                del self._zones[key]

    async def _in_turn(self, zone: _Zone, name: str, family: Family, deadline: Deadline) -> tuple[str, ...]:
        try:
            await zone.enter(deadline)
        except TimeoutError:
            detail = f"{name}: {self._inflight} look-ups in its zone were already waiting for an answer"
            raise ProbeFailure("dns_timeout", detail, {"name": name}) from None
        try:
            return await self._look_up(name, family, deadline)
        finally:
            zone.slots.release()

    async def _look_up(self, name: str, family: Family, deadline: Deadline) -> tuple[str, ...]:
        servers = self._servers or self._resolv_conf.value()
        if not servers:
            raise CannotProbe("no_resolver", "no name server: set [monitor] resolvers, or one in /etc/resolv.conf")
        if self._watch is None:
            self._watch = Watch(asyncio.get_running_loop())
        said: list[Failure] = []
        for turn in itertools.count():
            silent = False
            for server in servers:
                within_s = min(deadline.left_s(), TRIES_S[min(turn, len(TRIES_S) - 1)])
                if within_s <= 0:
                    raise _last_word(said) or _silence(name, servers, deadline)
                heard = await _ask(self._watch, server, name, family, within_s)
                addresses = heard.addresses()
                if addresses:
                    return addresses
                failure = _failure(heard, server, name, family)
                if failure is None:
                    silent = True
                elif failure.reason in FINAL:
                    raise failure
                else:
                    said.append(failure)
            if not silent:
                raise _last_word(said) or said[-1]
        raise AssertionError  # the count above has no end

    def close(self) -> None:
        """Leave the loop."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None


async def _ask(watch: Watch, server: Server, name: str, family: Family, within_s: float) -> Heard:
    try:
        return await ask(watch, server, name, RDTYPES[family], within_s)
    except ValueError as error:
        raise ProbeFailure("dns_error", str(error), {"name": name}) from error
    except OSError as error:
        reason = "no_capacity" if error.errno in NO_ROOM else "no_resolver"
        raise CannotProbe(reason, f"no socket to ask {server} for {name}: {error}") from error


def _failure(heard: Heard, server: Server, name: str, family: Family) -> Failure | None:  # noqa: PLR0911 - one for each case
    """Say why an attempt gave no address; None when the server was (partly) silent."""
    evidence = {"name": name, "server": str(server)}
    rcodes = {answer.rcode for answer in heard.answers.values()}
    if wire.NXDOMAIN in rcodes:
        return ProbeFailure("dns_nxdomain", f"{name} does not exist, says {server}", evidence)
    if isinstance(heard.error, OSError):
        return CannotProbe("no_resolver", f"name server {server}: {heard.error.strerror or heard.error}")
    if heard.error is not None:
        return ProbeFailure("dns_error", f"{server} gave a broken answer for {name}: {heard.error}", evidence)
    bad = rcodes - {wire.NOERROR}
    if bad:
        rcode = max(bad)
        reason = {wire.SERVFAIL: "dns_servfail", wire.REFUSED: "dns_refused"}.get(rcode, "dns_error")
        return ProbeFailure(reason, f"{server} answered {wire.RCODES.get(rcode, rcode)} for {name}", evidence)
    if any(answer.truncated for answer in heard.answers.values()):
        return ProbeFailure("dns_error", f"{server} cut its answer for {name} and gave none over TCP", evidence)
    if len(heard.answers) < len(RDTYPES[family]):
        return None
    return _no_address(name, family, str(server))


def _last_word(said: list[Failure]) -> ProbeFailure | None:
    """Give what a name server said last, not counting those on which nobody listens."""
    return next((failure for failure in reversed(said) if isinstance(failure, ProbeFailure)), None)


def _no_address(name: str, family: Family, source: str) -> ProbeFailure:
    wanted = {"any": "address", "ipv4": "IPv4 address", "ipv6": "IPv6 address"}[family]
    return ProbeFailure("dns_nodata", f"{name} has no {wanted}, says {source}", {"name": name, "server": source})


def _silence(name: str, servers: tuple[Server, ...], deadline: Deadline) -> ProbeFailure:
    asked = ", ".join(map(str, servers))
    detail = f"no answer from {asked} for {name} within {deadline.limit_s:g} s"
    return ProbeFailure("dns_timeout", detail, {"name": name, "server": asked})


def _of_family(addresses: tuple[str, ...], family: Family) -> tuple[str, ...]:
    """Keep the addresses of the family asked, IPv4 first."""
    four = tuple(address for address in addresses if ":" not in address)
    six = tuple(address for address in addresses if ":" in address)
    return {"any": four + six, "ipv4": four, "ipv6": six}[family]
