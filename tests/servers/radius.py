"""RADIUS servers that answer an Access-Request as a test tells them."""

from __future__ import annotations

from collections.abc import Callable

from pyrad.packet import AccessAccept, AccessReject, AuthPacket

from probes.wire.radius import _dictionary
from tests.servers.loopback import Answer

SECRET = b"labsecret"
USER = "probe@adsl.lab"
PASSWORD = "dslpw"


def decode(data: bytes, secret: bytes = SECRET) -> AuthPacket:
    return AuthPacket(packet=data, secret=secret, dict=_dictionary())


def reply(data: bytes, code: int, secret: bytes = SECRET, message: str = "", *, signed: bool = True) -> bytes:
    """An answer to `data` with `secret`; `signed`: with a Message-Authenticator."""
    answer = decode(data, secret).CreateReply(message_authenticator=signed)
    answer.code = code
    if message:
        answer["Reply-Message"] = message
    return bytes(answer.ReplyPacket())


def judging(is_right: Callable[[str, str], bool], secret: bytes = SECRET) -> Answer:
    """Accept what `is_right(user, password)` says; drop what was not signed with `secret`, as a real server does."""

    def answer(data: bytes) -> list[bytes]:
        request = decode(data, secret)
        if not request.verify_message_authenticator():
            return []
        password = request.PwDecrypt(request["User-Password"][0])
        right = is_right(request["User-Name"][0], password)
        return [reply(data, AccessAccept if right else AccessReject, secret, "" if right else "Wrong password")]

    return answer


def honest(user: str, password: str) -> bool:
    return (user, password) == (USER, PASSWORD)
