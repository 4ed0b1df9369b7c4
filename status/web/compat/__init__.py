"""Doors that other programs and old links know: Statuspage's API, OVH's, badges, FlySpray's addresses, robots.

Every answer is in the default language and knows public things only. What states a present answers 503 when
monitoring is interrupted, where its shape has no word for that.
"""

from __future__ import annotations

from flask import Blueprint


def blueprint() -> Blueprint:
    """Make the blueprint with every door's route."""
    from status.web.compat import badges, crawlers, old_doors, ovh, security_txt, statuspage

    compat = Blueprint("compat", __name__)
    for module in (old_doors, statuspage, ovh, badges, crawlers, security_txt):
        module.register(compat)
    return compat
