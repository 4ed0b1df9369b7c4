"""`/.well-known/security.txt` (RFC 9116): whom to tell of a weakness in these pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from flask import Blueprint, Response, abort

from status.config.model import SecurityTxt
from status.web.scope import request_scope, settings_of_app


def register(compat: Blueprint) -> None:
    """Add the route."""
    compat.add_url_rule("/.well-known/security.txt", "security_txt", show)


def show() -> Response:
    """Give it; 404 where nobody is named or its time is over: words that expired must not be used (§2.5.5)."""
    said = settings_of_app().security_txt
    if not said.contact or not said.expires or _expires(said) <= request_scope().at:
        abort(404)
    site = settings_of_app().site
    lines = [
        f"Contact: {_address(said.contact)}",
        f"Expires: {_expires(said).isoformat()}",
        f"Preferred-Languages: {', '.join(site.languages)}",
        f"Canonical: {site.public_url.rstrip('/')}/.well-known/security.txt",
    ]
    lines += [f"{name}: {url}" for name, url in (("Encryption", said.encryption), ("Policy", said.policy)) if url]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _expires(said: SecurityTxt) -> datetime:
    """Give the end of its last day."""
    return datetime.combine(date.fromisoformat(said.expires), time(23, 59, 59), UTC)


def _address(contact: str) -> str:
    return contact if "://" in contact else f"mailto:{contact}"
