"""Titles the robot gives to what it opens: the components, then what happens to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from status.wording.labels import AREA_NAMES
from status.wording.languages import LANGUAGES, join_names, msg, pick, say

_NO_ANSWER: Final = msg("{names}: no answer")
_UNREACHABLE: Final = msg("{names}: cannot be reached")
_CUT_OFF: Final = msg("{names}: connections cut off")
_NAME_LOST: Final = msg("{names}: Internet name not found")
_CERTIFICATE: Final = msg("{names}: security certificate not accepted")
_WRONG_ANSWER: Final = msg("{names}: wrong answers")
_ERRORS: Final = msg("{names}: errors")
_LOG_IN: Final = msg("{names}: log-ins fail")
_TROUBLE: Final = msg("{names}: trouble")

TITLES: Final[Mapping[str, str]] = {
    "timeout": _NO_ANSWER,
    "refused": msg("{names}: connections refused"),
    "unreachable": _UNREACHABLE,
    "reset": _CUT_OFF,
    "closed": _CUT_OFF,
    "slow": msg("{names}: slower than usual"),
    "dns_timeout": _NAME_LOST,
    "dns_nxdomain": _NAME_LOST,
    "dns_servfail": _NAME_LOST,
    "dns_refused": _NAME_LOST,
    "dns_nodata": _NAME_LOST,
    "dns_error": _NAME_LOST,
    "tls_expired": msg("{names}: security certificate expired"),
    "tls_untrusted": _CERTIFICATE,
    "tls_wrong_name": _CERTIFICATE,
    "tls_failed": msg("{names}: no secure connection"),
    "too_large": _WRONG_ANSWER,
    "protocol": _WRONG_ANSWER,
    "http_status": _ERRORS,
    "http_redirect": _WRONG_ANSWER,
    "http_header": _WRONG_ANSWER,
    "http_body": _WRONG_ANSWER,
    "dns_wrong_answer": _WRONG_ANSWER,
    "smtp_refused": msg("{names}: messages delayed"),
    "smtp_starttls": msg("{names}: no secure connection"),
    "sip_status": msg("{names}: calls do not go through"),
    "overrun": msg("{names}: trouble after works"),
    "radius_silent": _LOG_IN,
    "radius_rejected": _LOG_IN,
    "radius_authenticator": _LOG_IN,
}


def event_title(reason: str, names: Sequence[Mapping[str, str]], area: str) -> dict[str, str]:
    """Title an event by its components' names (each by language; only those the public may read), in every language.

    Without any name the area's stands instead.
    """
    titles = {}
    for language in LANGUAGES:
        said = [pick(name, language)[0] for name in names] or [say(language, AREA_NAMES.get(area, area))]
        titles[language] = say(language, TITLES.get(reason, _TROUBLE), names=join_names(said, language))
    return titles
