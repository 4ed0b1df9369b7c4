"""The desk: the on-call engineers' pages. Every view says who may use it (`gate.allowed`)."""

from __future__ import annotations

from flask import Blueprint

from status.web.desk import gate


def blueprint() -> Blueprint:
    """Make the blueprint, its views under `/desk`."""
    desk = Blueprint("desk", __name__, url_prefix="/desk")
    gate.install(desk)
    return desk
