"""The feeds (SPEC §6): of the site and of each type, component, department, exchange and resource, in each language.

address ─▶ showing ─▶ about: what it is of ─▶ words: items ─▶ rss | atom | json_feed | calendar
"""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter


def blueprint() -> Blueprint:
    """Make the blueprint with every feed's route."""
    from status.web.feeds import showing

    class FeedConverter(BaseConverter):
        regex = "|".join(name.replace(".", r"\.") for name in showing.FORMATS)

    def teach(state: BlueprintSetupState) -> None:
        state.app.url_map.converters["feed"] = FeedConverter

    feeds = Blueprint("feeds", __name__)
    feeds.record_once(teach)
    showing.register(feeds)
    return feeds
