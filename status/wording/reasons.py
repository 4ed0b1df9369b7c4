"""What each reason of a failure means to customers: who, what no longer works. One sentence, without jargon.

A reason means something else to a mail customer than to a telephone customer; where that matters a sentence stands for
the area, and one without area serves everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from status.wording.languages import msg, say

_SILENT: Final = {
    "": msg("The service does not answer."),
    "hosting": msg("The service does not answer: the sites that depend on it may be out of reach."),
    "email": msg("The mail servers do not answer: messages are sent and received late."),
    "telephony": msg("The telephony service does not answer: calls do not go through."),
    "xdsl": msg("Connections do not open: a line that drops cannot reconnect."),
}
_TURNED_AWAY: Final = {
    "": msg("The service refuses connections."),
    "hosting": msg("The service refuses connections: the sites that depend on it may be out of reach."),
    "email": msg("The mail servers refuse connections: messages are sent and received late."),
    "telephony": msg("The telephony service refuses connections: calls do not go through."),
    "xdsl": msg("The access service refuses connections: a line that drops cannot reconnect."),
}
_UNREACHABLE: Final = {
    "": msg("The service can no longer be reached over the network."),
    "hosting": msg("The service can no longer be reached: the sites that depend on it may be out of reach."),
    "email": msg("The mail servers can no longer be reached: messages are sent and received late."),
    "telephony": msg("The telephony service can no longer be reached: calls do not go through."),
    "xdsl": msg("The access service can no longer be reached: a line that drops cannot reconnect."),
}
_CUT_OFF: Final = {
    "": msg("The service cuts connections before it has answered."),
    "hosting": msg("The service cuts connections off: the sites that depend on it may not be shown."),
    "email": msg("The mail servers cut connections off: messages are sent and received late."),
    "telephony": msg("The telephony service cuts exchanges off: calls fail."),
    "xdsl": msg("The access service cuts log-ins off: a line that drops may not reconnect."),
}
_SLOW: Final = {
    "": msg("The service answers more slowly than usual."),
    "hosting": msg("The service is slower than usual: the sites that depend on it may be slow."),
    "email": msg("Mail is sent and received more slowly than usual."),
    "telephony": msg("Calls take longer than usual to be set up."),
    "xdsl": msg("Connections take longer than usual to open."),
}
_NAME_LOST: Final = {
    "": msg("The service's Internet name cannot be found, so programs do not find it."),
    "hosting": msg("The Internet names of the websites concerned cannot be found: browsers do not find the sites."),
    "email": msg("The mail servers' Internet names cannot be found: mail programs do not find them."),
    "telephony": msg("The telephony service's Internet name cannot be found: phones do not find it."),
    "xdsl": msg("The access service's Internet name cannot be found: some connections do not open."),
}
_CERTIFICATE: Final = {
    "": msg("The service's security certificate is not accepted: programs show a warning or refuse to connect."),
    "hosting": msg("The security certificate is not accepted: browsers show a warning instead of the site."),
    "email": msg("The mail servers' security certificate is not accepted: mail programs show a warning or refuse."),
    "telephony": msg("The telephony service's security certificate is not accepted: some phones cannot sign in."),
}
_EXPIRED: Final = {
    "": msg("The service's security certificate has expired: programs show a warning or refuse to connect."),
    "hosting": msg("The security certificate has expired: browsers show a warning instead of the site."),
    "email": msg("The mail servers' security certificate has expired: mail programs show a warning or refuse."),
}
_NO_ENCRYPTION: Final = {
    "": msg("Secure connections cannot be set up."),
    "hosting": msg("Secure connections cannot be set up: browsers do not show the site."),
    "email": msg("Secure connections to the mail servers cannot be set up: mail programs may refuse to connect."),
}
_WRONG_ANSWER: Final = {
    "": msg("The service answers, but not as it should."),
    "hosting": msg("The service answers, but not as it should: the sites that depend on it may not be shown properly."),
    "email": msg("The mail servers answer, but not as they should: messages may be late."),
    "telephony": msg("The telephony service answers, but not as it should: calls may fail."),
    "xdsl": msg("The access service answers, but not as it should: a line that drops may not reconnect."),
}
_PAGE_ERROR: Final = {
    "": msg("The service answers with an error."),
    "hosting": msg("The websites concerned show an error page."),
    "email": msg("The webmail shows an error page."),
    "telephony": msg("The telephony customer pages show an error."),
}
_LOG_IN: Final = {
    "": msg("Log-ins are not answered."),
    "xdsl": msg("Internet log-ins are not answered: a line that drops cannot reconnect."),
}
_SOMETIMES: Final = {
    "": msg("Some requests fail: trying again often helps."),
    "hosting": msg("Some requests fail: pages may load only in part; trying again often helps."),
    "email": msg("Some connections to the mail servers fail: messages may be late."),
    "telephony": msg("Some calls fail: trying again often helps."),
    "xdsl": msg("Some connections do not open at the first attempt."),
}
_LOSS: Final = {
    "": msg("Part of the data is lost on the way: the service is disturbed."),
    "telephony": msg("Part of the data is lost on the way: voices may be cut off or distorted."),
    "xdsl": msg("Part of the data is lost on the way: connections are slow and unsteady."),
}
_NOT_KNOWN: Final = {"": msg("We cannot check this service at the moment: its state is not known.")}

SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "timeout": _SILENT,
    "stalled": _SILENT,
    "refused": _TURNED_AWAY,
    "unreachable": _UNREACHABLE,
    "reset": _CUT_OFF,
    "closed": _CUT_OFF,
    "slow": _SLOW,
    "intermittent": _SOMETIMES,
    "packet_loss": _LOSS,
    "unstable": {"": msg("The service goes and comes back again and again.")},
    "dns_timeout": _NAME_LOST,
    "dns_nxdomain": _NAME_LOST,
    "dns_servfail": _NAME_LOST,
    "dns_refused": _NAME_LOST,
    "dns_nodata": _NAME_LOST,
    "dns_error": _NAME_LOST,
    "tls_expired": _EXPIRED,
    "tls_untrusted": _CERTIFICATE,
    "tls_wrong_name": _CERTIFICATE,
    "tls_failed": _NO_ENCRYPTION,
    "too_large": _WRONG_ANSWER,
    "protocol": _WRONG_ANSWER,
    "http_status": _PAGE_ERROR,
    "http_redirect": {"": msg("Visitors are sent to the wrong address.")},
    "http_header": _WRONG_ANSWER,
    "http_body": {"": msg("The page shown is not the expected one.")},
    "dns_wrong_answer": {
        "": msg("The name servers give wrong answers: some sites and mail may not be found."),
        "telephony": msg("The name servers give wrong answers: phones may not find the service."),
        "xdsl": msg("The name servers give wrong answers: some sites cannot be found from your line."),
    },
    "smtp_refused": {"": msg("The mail servers do not accept messages: they arrive late.")},
    "smtp_starttls": {
        "": msg("The mail servers no longer encrypt: mail programs and some senders refuse to hand messages over.")
    },
    "sip_status": {"": msg("The telephony service turns requests down: calls do not go through.")},
    "radius_silent": _LOG_IN,
    "radius_rejected": {"": msg("Valid Internet log-ins are rejected: a line that drops cannot reconnect.")},
    "radius_accepts_wrong_password": {"": msg("The access service does not check log-ins as it should.")},
    "radius_authenticator": {"": msg("The access service's answers cannot be trusted: log-ins may fail.")},
    "no_capacity": _NOT_KNOWN,
    "secret_missing": _NOT_KNOWN,
    "no_permission": _NOT_KNOWN,
    "internal_error": _NOT_KNOWN,
    "no_resolver": _NOT_KNOWN,
    "disabled": _NOT_KNOWN,
    "no_location": {"": msg("Our monitoring is cut off: the state of this service is not known.")},
    "stale": {"": msg("Our monitoring has had no news of this service for a while: its state is not known.")},
    "overrun": {"": msg("The planned works are over or called off, but the service is still disturbed.")},
    "work": {"": msg("Planned works are under way on this service.")},
}


def public_sentence(reason: str, language: str, area: str = "") -> str:
    """Give the public sentence of a reason in an area; of an unknown reason that the service doesn't work as it should.

    Holds no name, host or address.
    """
    sentences = SENTENCES.get(reason, _WRONG_ANSWER)
    return say(language, sentences.get(area, sentences[""]))
