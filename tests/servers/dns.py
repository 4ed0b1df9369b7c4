"""Name servers that answer as badly as they are told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.servers.loopback import Answer, Talk

Change = Callable[[dns.message.Message], None]


def records(*texts: str, change: Change = lambda _: None) -> Answer:
    """Answer with those of `texts` ("name type data") that fit the question; aliases always fit."""

    def answer(query: bytes) -> Iterable[bytes]:
        return [respond(query, *texts, change=change)]

    return answer


def respond(query: bytes, *texts: str, change: Change = lambda _: None) -> bytes:
    """Make one answer."""
    asked = dns.message.from_wire(query)
    response = dns.message.make_response(asked)
    response.flags |= dns.flags.RA
    question = asked.question[0]
    aliased = any(" CNAME " in text for text in texts)
    for text in texts:
        name, kind, data = text.split(" ", 2)
        rrset = dns.rrset.from_text(f"{name}.", 60, "IN", kind, data)
        if (rrset.rdtype == question.rdtype or kind == "CNAME") and (aliased or rrset.name == question.name):
            response.answer.append(rrset)
    change(response)
    return response.to_wire(max_size=65_535)


def code(name: str) -> Answer:
    """Answer with a code and nothing else."""

    def change(response: dns.message.Message) -> None:
        response.set_rcode(dns.rcode.from_text(name))

    return records(change=change)


def silent(_query: bytes) -> Iterable[bytes]:
    """Never answer."""
    return ()


def silent_below(suffix: str, *texts: str) -> Answer:
    """Never answer about names below `suffix`."""

    def answer(query: bytes) -> Iterable[bytes]:
        name = dns.message.from_wire(query).question[0].name.to_text(omit_final_dot=True)
        return () if name.endswith(suffix) else [respond(query, *(text.format(name=name) for text in texts))]

    return answer


def over_stream(answer: Answer) -> Talk:
    """Say the same over TCP."""

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        size = int.from_bytes(connection.recv(2), "big")
        for data in answer(connection.recv(size)):
            connection.sendall(len(data).to_bytes(2, "big") + data)

    return talk
