"""The language of a request: the first part of its path, else the site's default. Nothing is negotiated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from babel import Locale
from flask import Flask, g, has_request_context, request
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from status.i18n import LANGUAGES, LOCALES, translations
from status.web.scope import settings_of_app

NAMES: Final = {each: Locale.parse(each).get_display_name(each) or each for each in LANGUAGES[2:]} | {
    "fr": "Français",
    "en": "English",
}
"""Each language's name in itself."""


def install(app: Flask, languages: Sequence[str]) -> None:
    """Teach the app the `lang` converter (only the site's languages) and the templates to speak."""

    class LanguageConverter(BaseConverter):
        regex = "|".join(languages)

    app.url_map.converters["lang"] = LanguageConverter
    app.jinja_env.globals["locales"] = LOCALES
    app.jinja_env.globals.update(_=_in_html, ngettext=_counted_in_html)


def language() -> str:
    """Give the language this request is answered in."""
    known: str | None = g.get("language")  # a page asks some 200 times
    if known is not None:
        return known
    languages = settings_of_app().site.languages
    if not has_request_context():
        return languages[0]
    first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
    chosen: str = first if first in languages else languages[0]
    g.language = chosen
    return chosen


def gettext(text: str, /, **values: object) -> str:
    """Translate a page's sentence into the request's language."""
    found = translations(language()).gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate a page's sentence that counts."""
    return translations(language()).ngettext(one, many, count) % {"count": count, "num": count, **values}


def _in_html(text: str, /, **values: object) -> Markup:
    """Translate a template's sentence: marked up as it stands, its values escaped."""
    found = _sentence(language(), text)
    return found % values if values else found


def _counted_in_html(one: str, many: str, num: int, /, **values: object) -> Markup:
    """Translate a template's sentence that counts."""
    found = Markup(translations(language()).ngettext(one, many, num))  # noqa: S704 - a sentence of our own catalogue
    return found % {"num": num, **values}


@cache
def _sentence(spoken: str, text: str) -> Markup:
    return Markup(translations(spoken).gettext(text))  # noqa: S704 - a sentence of our own catalogue
