"""What is said of the pages themselves: how verdicts are made, who publishes them, how accessible they are."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template

from status.domain.states import PublicState
from status.web.public.figures import per_cent
from status.web.public.page import day_of
from status.web.scope import settings_of_app


def register(public: Blueprint) -> None:
    """Add the routes."""
    public.add_url_rule("/<lang:lang>/about", "about", show_about)
    public.add_url_rule("/<lang:lang>/legal", "legal", show_legal)
    public.add_url_rule("/<lang:lang>/accessibility", "accessibility", show_accessibility)


def show_about(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Say in plain words how verdicts are made, and what the words of the pages mean."""
    settings = settings_of_app()
    return render_template(
        "public/about.html", publication=settings.publication, rule=settings.detection, states=PublicState
    )


def show_legal(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Say who publishes, who hosts, and what becomes of personal data."""
    return render_template("public/legal.html", legal=settings_of_app().legal)


def show_accessibility(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Give the declaration of accessibility in the form French law asks for; it needs no database."""
    said = settings_of_app().accessibility
    return render_template(
        "public/accessibility.html",
        declared=said,
        audited_on=_day(said.audited_on),
        declared_on=_day(said.declared_on),
        share=per_cent(said.percent),
    )


def _day(text: str) -> str:
    return day_of(date.fromisoformat(text)) if text else ""
