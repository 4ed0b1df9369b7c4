"""The languages the robot speaks, and how its words are looked up. English is the message ids themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from status import i18n
from status.i18n import translations

LANGUAGES: Final = i18n.LANGUAGES


def msg(message: str) -> str:
    """Mark a message for extraction; it is translated where it is said."""
    return message


def say(language: str, message: str, **values: object) -> str:
    """Say a message in a language, its `{names}` filled in."""
    return translations(language).gettext(message).format(**values)


def say_many(language: str, one: str, many: str, count: int) -> str:
    """Say a message that depends on a `{count}`."""
    return translations(language).ngettext(one, many, count).format(count=count)


def in_every_language(message: str, **values: object) -> dict[str, str]:
    """Say a message in every language, by language."""
    return {language: say(language, message, **values) for language in LANGUAGES}


def pick(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """Give a text in the reader's language, else in another one, and the language it is in.

    Gives an empty text in the reader's language when there is none at all.
    """
    own = texts.get(language)
    if own:
        return own, language
    others = (other for other in (*LANGUAGES, *sorted(texts)) if texts.get(other))
    return next(((texts[other], other) for other in others), ("", language))


def join_names(names: Sequence[str], language: str, most: int = 3) -> str:
    """Join names as one speaks: "A, B and C", "A, B, C and 4 others"."""
    shown = list(names[:most]) if len(names) > most + 1 else list(names)
    if len(shown) < len(names):
        shown.append(say_many(language, "{count} other", "{count} others", len(names) - len(shown)))
    if len(shown) == 1:
        return shown[0]
    return say(language, "{names} and {last}", names=", ".join(shown[:-1]), last=shown[-1]) if shown else ""
