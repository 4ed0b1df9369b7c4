"""`/agent/v1`: where agents at other locations fetch orders and leave what they saw. No page, no session, no cookie.

Nothing is decided here: batches go into the inbox, orders come out of `order_out` and the catalogue.
"""

from __future__ import annotations

from flask import Blueprint


def blueprint(at_most_polls: int) -> Blueprint:
    """Make the blueprint of one worker; it holds at most so many polls at once."""
    from status.web.agent import observations, orders
    from status.web.agent.polls import Polls

    agent = Blueprint("agent", __name__, url_prefix="/agent/v1")
    observations.register(agent)
    orders.register(agent, Polls(at_most_polls))
    return agent
