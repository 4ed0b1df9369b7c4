"""What in a public text looks like somebody's own: addresses, telephone numbers. It asks the author, no more."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address
from typing import Final

_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_TELEPHONE: Final = re.compile(r"(?<![\d.])(?:\+33[ .\u00a0]?|0)[1-9](?:[ .\u00a0-]?\d{2}){4}(?![\d.])")
_ADDRESS: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d)")


def looks_personal(text: str) -> list[str]:
    """Give what looks like a mail address, a French telephone number or an IPv4 address, each once, as it stands."""
    found = [*_MAIL.findall(text), *_TELEPHONE.findall(text), *filter(_is_address, _ADDRESS.findall(text))]
    return list(dict.fromkeys(found))


def _is_address(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv4Address)
    except ValueError:
        return False
