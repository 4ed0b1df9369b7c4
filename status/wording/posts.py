"""What a published update says, the generated sentence first, for readers that take words and no page of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from markupsafe import Markup, escape

from status.domain.states import EventState
from status.i18n import translations
from status.wording import labels
from status.wording.languages import pick
from status.wording.markdown import to_html, to_plain
from status.wording.sentences import generated_sentence
from status.wording.times import date_and_time

_EMPTY_LINE: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Said:
    """An update in a reader's language: our sentence, then the author's text, which may be in another language.

    `is_markdown`: the text is an author's source; a template's or our own words are plain.
    """

    language: str
    sentence: str
    text: str
    written_in: str
    is_markdown: bool

    def in_plain(self) -> str:
        """Give both as plain text; words of another language are marked `[en]`."""
        text = to_plain(self.text) if self.is_markdown else self.text
        marked = f"[{self.written_in}] {text}" if text and self.written_in != self.language else text
        return "\n\n".join(part for part in (self.sentence, marked) if part)

    def as_html(self) -> str:
        """Give both as HTML that is safe to show; words of another language are marked so."""
        words = Markup(to_html(self.text)) if self.is_markdown else _paragraphs(self.text)  # noqa: S704 - the allow-list's
        parts = [_paragraph(escape(self.sentence))] if self.sentence else []
        if words:
            foreign = Markup('<div lang="{}">{}</div>').format(self.written_in, words)
            parts.append(words if self.written_in == self.language else foreign)
        return str(Markup("\n").join(parts))


class Headed(Protocol):
    """What the headline of an update is made from."""

    @property
    def n(self) -> int:
        """Give the event's number."""

    @property
    def state(self) -> EventState:
        """Give the state the update tells."""

    @property
    def title(self) -> Mapping[str, str]:
        """Give the event's title by language."""

    @property
    def generated(self) -> Mapping[str, Any]:
        """Give what the update states."""

    @property
    def areas(self) -> tuple[str, ...]:
        """Give the slugs of the touched areas."""


def headline(post: Headed, language: str) -> str:
    """Give the one line that stands for an update: `[Résolu] FS#1234 E-mail – Réception retardée`."""
    state = _stage(post, language)
    areas = ", ".join(labels.area(slug, language) for slug in post.areas)
    title = pick(post.title, language)[0]
    named = f"FS#{post.n} {areas} – {title}" if areas else f"FS#{post.n} {title}"
    return " ".join(f"[{state[:1].upper()}{state[1:]}] {named}".split(" "))


def _stage(post: Headed, language: str) -> str:
    if post.generated.get("withdrawn"):
        return labels.withdrawn(language)
    return labels.merged(language) if post.generated.get("merged_into") else labels.event_state(post.state, language)


def _paragraphs(text: str) -> Markup:
    """Write plain words as HTML."""
    return Markup("\n").join(
        _paragraph(Markup("<br>").join(escape(line) for line in paragraph.splitlines()))
        for paragraph in _EMPTY_LINE.split(text.strip())
        if paragraph
    )


def _paragraph(words: Markup) -> Markup:
    return Markup(f"<p>{words}</p>")  # noqa: S704 - escaped; `format` takes five times as long


def said(
    generated: Mapping[str, Any],
    texts: Mapping[str, str],
    language: str,
    zone: str,
    *,
    by_robot: bool,
    happened_at: datetime | None = None,
    redacted_at: datetime | None = None,
) -> Said:
    """Put an update into words. Times are said in `zone`; a back-dated one is told, words taken away are named."""
    sentence = generated_sentence(generated, language, zone) if generated else ""
    if happened_at is not None:
        happened = translations(language).gettext("happened on %(time)s")
        sentence = f"{sentence} ({happened % {'time': date_and_time(happened_at, language, zone)}})".lstrip()
    text, written_in = pick(texts, language)
    if redacted_at is not None and not text:
        removed = translations(language).gettext("Words removed on %(time)s.")
        words = removed % {"time": date_and_time(redacted_at, language, zone)}
        return Said(language, sentence, words, language, is_markdown=False)
    return Said(language, sentence, text, written_in, is_markdown=not by_robot)
