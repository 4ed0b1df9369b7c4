"""How the desk's pages are rendered: the template with the words every page of the desk has."""

from __future__ import annotations

from flask import render_template


def page(template: str, **context: object) -> str:
    """Render a page of the desk. Only behind `gate.allowed`."""
    return render_template(template, **context)
