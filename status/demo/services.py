"""Which services the demonstration has, on which ports: the table that the configuration's example counts on.

ports_from + 0 HTTP, + 1 HTTPS, + 2 DNS, + 3 SMTP, + 4 SIP, + 5 RADIUS; + 10 the prober's resolver;
+ 11 HTTP, + 12 TCP, + 13 DNS: references of the self-test.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from status.demo import dns, radius, sip
from status.demo.http import Site, WrongSite
from status.demo.keys import Keys
from status.demo.listening import TCPListener, UDPListener
from status.demo.service import Service
from status.demo.smtp import Refusing, receiving

HTTP: Final = 0
HTTPS: Final = 1
DNS: Final = 2
SMTP: Final = 3
SIP: Final = 4
RADIUS: Final = 5
RESOLVER: Final = 10
REFERENCE_HTTP: Final = 11
REFERENCE_TCP: Final = 12
REFERENCE_DNS: Final = 13


class Greeter(asyncio.Protocol):
    """Say one line and wait for the other side to leave: a reference for `tcp`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"demonstration reference\r\n")


def provider_services(ports_from: int, keys: Keys) -> tuple[Service, ...]:
    """Make what the provider sells: the services that can be broken one by one. Opens nothing yet."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(keys.certificate, keys.key)
    return (
        Service(
            "http",
            (
                TCPListener(ports_from + HTTP, Site, WrongSite),
                TCPListener(ports_from + HTTPS, Site, WrongSite, tls),
            ),
        ),
        _name_server("dns", ports_from + DNS, dns.authority, dns.wrong_authority),
        Service("smtp", (TCPListener(ports_from + SMTP, receiving(tls), Refusing),)),
        _telephony(ports_from + SIP),
        _log_in(ports_from + RADIUS, keys),
    )


def line_services(ports_from: int) -> tuple[Service, ...]:
    """Make what stands for the world outside the provider: only a cut uplink silences it. Opens nothing yet."""
    return (
        _name_server("resolver", ports_from + RESOLVER, dns.resolver, dns.resolver),
        Service("reference-http", (TCPListener(ports_from + REFERENCE_HTTP, Site, Site),)),
        Service("reference-tcp", (TCPListener(ports_from + REFERENCE_TCP, Greeter, Greeter),)),
        _name_server("reference-dns", ports_from + REFERENCE_DNS, dns.reference, dns.reference),
    )


def _name_server(name: str, port: int, well: dns.NameServer, wrong: dns.NameServer) -> Service:
    return Service(
        name,
        (
            UDPListener(port, dns.over_udp(well), dns.over_udp(wrong)),
            TCPListener(port, lambda: dns.OverTCP(well), lambda: dns.OverTCP(wrong)),
        ),
    )


def _telephony(port: int) -> Service:
    return Service(
        "sip",
        (
            UDPListener(port, sip.over_udp(sip.OK), sip.over_udp(sip.UNAVAILABLE)),
            TCPListener(port, lambda: sip.OverTCP(sip.OK), lambda: sip.OverTCP(sip.UNAVAILABLE)),
        ),
    )


def _log_in(port: int, keys: Keys) -> Service:
    secret = keys.radius_secret.read_text(encoding="utf-8").strip().encode()
    password = keys.radius_password.read_text(encoding="utf-8").strip()
    return Service("radius", (UDPListener(port, radius.accepting(secret, password), radius.rejecting(secret)),))
