"""The desk: the on-call engineers' pages. Every view says who may use it (`gate.allowed`)."""

from __future__ import annotations

from flask import Blueprint

from status.web.desk import (
    accounts,
    checks,
    component,
    contact,
    correcting,
    deliveries,
    drafts,
    event,
    events,
    facts,
    gate,
    kept,
    link,
    locations,
    me,
    merging,
    moves,
    on_call,
    opening,
    overview,
    plain_http,
    planning,
    post_mortem,
    posting,
    redacting,
    series,
    sign_in,
    supervision,
    templates,
    tokens,
    words,
)

DOOR = (sign_in, link, plain_http, kept, me, contact, accounts, tokens)
WATCHING = (overview, component, checks, locations, supervision, deliveries, on_call)
EVENTS = (
    events, event, posting, drafts, opening, planning, moves, merging, words, correcting, redacting, post_mortem, facts,
    series, templates,
)  # fmt: skip


def blueprint() -> Blueprint:
    """Make the blueprint, its views under `/desk`."""
    desk = Blueprint("desk", __name__, url_prefix="/desk")
    gate.install(desk)
    for module in (*DOOR, *WATCHING, *EVENTS):
        module.install(desk)
    return desk
