"""The feeds of the site and of each component: one item per published update, in the page's language (SPEC §6)."""

from __future__ import annotations

from flask import Blueprint


def blueprint() -> Blueprint:
    """Make the blueprint with every feed's route."""
    from status.web.feeds import atom, rss

    feeds = Blueprint("feeds", __name__)
    for module in (rss, atom):
        module.register(feeds)
    return feeds
