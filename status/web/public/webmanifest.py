"""`/manifest.webmanifest`: name and sign of the site when a phone keeps it on its first screen (W3C App Manifest)."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from status.web.public.frame import asset
from status.web.scope import settings_of_app

SHORT = 12
"""Characters a phone shows below a sign."""


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/manifest.webmanifest", "manifest", show)


def show() -> Response:
    """Give the manifest, in the first language. It opens in the browser: pages are read, not an app."""
    site = settings_of_app().site
    said = {
        "name": site.name,
        "short_name": site.name if len(site.name) <= SHORT else "".join(word[0] for word in site.name.split())[:SHORT],
        "lang": site.languages[0],
        "start_url": f"/{site.languages[0]}",
        "scope": "/",
        "display": "browser",
        "background_color": "#f6f7f9",
        "theme_color": "#ffffff",
        "icons": [{"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return Response(body, content_type="application/manifest+json; charset=utf-8")
