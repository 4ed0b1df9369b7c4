"""Titles the robot gives to what it opens: the components, then what customers feel.

A refused connection is felt as a call that fails or as a message that is late: where that matters a title stands for
the area, and one without area serves everywhere else. How it failed is said in the text (`reasons`), not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from status.wording.labels import AREA_NAMES
from status.wording.languages import LANGUAGES, join_names, msg, pick, say

_LATE: Final = msg("{names}: messages delayed")
_NO_CALLS: Final = msg("{names}: calls do not go through")
_NO_LOG_IN: Final = msg("{names}: connections do not open")
_NO_ENCRYPTION: Final = msg("{names}: no secure connection")

_GONE: Final = {
    "": msg("{names}: service unavailable"),
    "email": _LATE,
    "telephony": _NO_CALLS,
    "xdsl": _NO_LOG_IN,
}
_CUT_OFF: Final = {
    "": msg("{names}: service cut off repeatedly"),
    "email": _LATE,
    "telephony": msg("{names}: calls fail"),
    "xdsl": msg("{names}: some connections do not open"),
}
_NAME_LOST: Final = {"": msg("{names}: cannot be found on the Internet")}
_CERTIFICATE: Final = {"": msg("{names}: security warnings")}
_WRONG: Final = {
    "": msg("{names}: service disturbed"),
    "email": msg("{names}: messages may be late"),
    "telephony": msg("{names}: calls may fail"),
    "xdsl": msg("{names}: some connections do not open"),
}
_PAGE_ERROR: Final = {"": msg("{names}: error pages")}
_LOG_IN: Final = {"": _NO_LOG_IN}
_TROUBLE: Final = {"": msg("{names}: trouble")}

TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "timeout": _GONE,
    "stalled": _GONE,
    "refused": _GONE,
    "unreachable": _GONE,
    "reset": _CUT_OFF,
    "closed": _CUT_OFF,
    "slow": {"": msg("{names}: slower than usual")},
    "intermittent": {"": msg("{names}: works only some of the time"), "telephony": msg("{names}: some calls fail")},
    "packet_loss": {"": msg("{names}: disturbed connections"), "telephony": msg("{names}: poor call quality")},
    "unstable": {"": msg("{names}: unstable")},
    "dns_timeout": _NAME_LOST,
    "dns_nxdomain": _NAME_LOST,
    "dns_servfail": _NAME_LOST,
    "dns_refused": _NAME_LOST,
    "dns_nodata": _NAME_LOST,
    "dns_error": _NAME_LOST,
    "tls_expired": _CERTIFICATE,
    "tls_untrusted": _CERTIFICATE,
    "tls_wrong_name": _CERTIFICATE,
    "tls_failed": {"": _NO_ENCRYPTION},
    "too_large": _WRONG,
    "protocol": _WRONG,
    "http_status": _PAGE_ERROR,
    "http_redirect": _WRONG,
    "http_header": _WRONG,
    "http_body": _WRONG,
    "dns_wrong_answer": {"": msg("{names}: some names cannot be found")},
    "smtp_refused": {"": _LATE},
    "smtp_starttls": {"": _NO_ENCRYPTION},
    "sip_status": {"": _NO_CALLS},
    "overrun": {"": msg("{names}: trouble after works")},
    "radius_silent": _LOG_IN,
    "radius_rejected": _LOG_IN,
    "radius_authenticator": _LOG_IN,
}


def event_title(reason: str, names: Sequence[Mapping[str, str]], area: str) -> dict[str, str]:
    """Title an event by its components' names (each by language; only those the public may read), in every language.

    Without any name the area's stands instead.
    """
    by_area = TITLES.get(reason, _TROUBLE)
    titles = {}
    for language in LANGUAGES:
        said = [pick(name, language)[0] for name in names] or [say(language, AREA_NAMES.get(area, area))]
        titles[language] = say(language, by_area.get(area, by_area[""]), names=join_names(said, language))
    return titles
