"""News by SMS, through the operator's gateway: one HTTP request a message, as `[sms]` describes it.

The words are cut to what fits (domain.short_text), the link that stops it all stands behind them. Numbers are kept as
E.164 writes them, and only those of `[sms] prefixes` are taken: calls to dear numbers abroad are what a form that
anybody can fill in is abused for.
"""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from probes.types import SecretMissing
from status.config.model import SMS, Settings
from status.domain.bucket import Bucket
from status.domain.refused import Refused
from status.domain.short_text import OF_SEVERAL, ONE_PART, fit, length, plain
from status.domain.subscriptions import CONFIRM
from status.notifiers.addresses import Target, parts_of
from status.notifiers.posting import Answer, Postman, accepted
from status.notifiers.types import Channel, NotSent, Outgoing, Ways

LEAST: Final = 40
"""Characters the words have beside a link, however long that is; the message has a part more then."""

THREADS: Final = 4
OURS: Final = frozenset({401, 402, 403, 404, 405, 407, 429, 500, 502, 503, 504})
"""Answers that say nothing of the number: our account, our credit, our pace, the gateway itself."""

NUMBER_REFUSED: Final = frozenset({400, 410, 422})
_BETWEEN: Final = re.compile(r"[ .()/\u00a0\u202f-]")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{7,14}")


def canonical(text: str, settings: Settings) -> tuple[str, str]:
    """Give a number as E.164 writes it, and no domain. Raise Refused for none, or one the operator does not pay for."""
    number = _BETWEEN.sub("", text.strip()[:40])
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif number.startswith("0") and settings.sms.country:
        number = f"+{settings.sms.country}{number[1:]}"
    if _NUMBER.fullmatch(number) is None or not number.isascii():
        raise Refused("number", f"found {text[:40]!r}, expected a number like '+33612345678'")
    if not number.startswith(settings.sms.prefixes):
        raise Refused("prefix", f"found {text[:40]!r}, expected one of {', '.join(settings.sms.prefixes)}")
    return number, ""


def lacks(settings: Settings) -> str:
    """Say what SMS need here."""
    return "" if settings.sms.url else "[sms] url, fields and prefixes"


@dataclass(slots=True)
class SMSCarrier:
    """Asks the gateway to send, no faster than its share of `per_second`."""

    ways: Ways
    _pace: Bucket = field(init=False)

    def __post_init__(self) -> None:
        """Begin with a full share."""
        per_second = self.ways.settings.sms.per_second / THREADS
        self._pace = Bucket(per_second, max(1.0, per_second))

    def send(self, outgoing: Outgoing) -> int:
        """Hand a message to the gateway. Raise NotSent: all wait when it is the gateway's fault, or our account's."""
        sms = self.ways.settings.sms
        if not sms.url:
            raise NotSent("no gateway is configured", all_wait=True)
        while (wait_s := self._pace.take(time.monotonic())) > 0:
            time.sleep(wait_s)
        postman = Postman(sms.timeout_s, None, self.ways.settings.monitor.resolvers)
        target, body, headers = request_of(outgoing, sms)
        try:
            answer = postman.request(sms.method, target, body, headers)
        except NotSent as error:
            raise NotSent(f"the gateway: {error.why}", all_wait=True) from error
        return _judged(answer, sms)

    def close(self) -> None:
        """Do nothing."""


def request_of(outgoing: Outgoing, sms: SMS) -> tuple[Target, bytes, Mapping[str, str]]:
    """Give what the gateway is sent: where, body, headers. Raise NotSent when the password can't be read."""
    put_in = _placeholders(outgoing, sms)
    filled: Any = _filled(sms.fields, put_in)
    headers = {name: put_in(value) for name, value in sms.headers.items()}
    if sms.user:
        credentials = b64encode(f"{sms.user}:{put_in('{password}')}".encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    if sms.method == "GET":
        joint = "&" if "?" in sms.url else "?"
        return parts_of(f"{sms.url}{joint}{urlencode(filled)}", longest=None), b"", headers
    if sms.format == "form":
        kind, body = "application/x-www-form-urlencoded", urlencode(filled).encode()
    else:
        kind, body = "application/json", json.dumps(filled, ensure_ascii=False).encode()
    return parts_of(sms.url), body, {"Content-Type": kind, **headers}


def text_of(outgoing: Outgoing, parts: int) -> str:
    """Give the words with their link: within so many parts, but that the words have 40 characters in any case."""
    words, links = outgoing.words, outgoing.links
    link = links.confirm if words.payload.get("kind") == CONFIRM else links.stop
    most = ONE_PART if parts == 1 else OF_SEVERAL * parts
    return f"{fit(plain(words.short), max(LEAST, most - length(link) - 1))} {link}"


def _placeholders(outgoing: Outgoing, sms: SMS) -> Callable[[str], str]:
    """Give what puts values where their names stand. What is put in is not looked through again."""
    try:
        password = "" if sms.password is None else sms.password.resolve()
    except SecretMissing as error:
        raise NotSent(f"[sms] password: {error}", all_wait=True) from error
    values = {
        "{to}": outgoing.address, "{text}": text_of(outgoing, sms.parts), "{id}": outgoing.uid, "{password}": password,
    }  # fmt: skip
    return lambda text: _NAMED.sub(lambda found: values[found[0]], text)


_NAMED: Final = re.compile(r"\{(?:to|text|id|password)\}")


def _filled(value: Any, put_in: Callable[[str], str]) -> Any:
    """Put the values into every text of a document."""
    if isinstance(value, str):
        return put_in(value)
    if isinstance(value, Mapping):
        return {name: _filled(inner, put_in) for name, inner in value.items()}
    return [_filled(inner, put_in) for inner in value] if isinstance(value, (list, tuple)) else value


def _judged(answer: Answer, sms: SMS) -> int:
    if answer.status in OURS:
        why = f"the gateway answered {answer.status}"
        raise NotSent(why, all_wait=True, after_s=answer.after_s, answered=answer.status)
    status = accepted(answer, NUMBER_REFUSED)
    if sms.expect not in answer.text:
        raise NotSent("the gateway's answer lacks the text that is expected", answered=status)
    return status


CHANNEL = Channel("sms", canonical, SMSCarrier, threads=THREADS, lacks=lacks)
