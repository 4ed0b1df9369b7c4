"""What a published update says, the generated sentence first, for readers that take words and no markup of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from status.i18n import translations
from status.wording.languages import pick
from status.wording.markdown import to_plain
from status.wording.sentences import generated_sentence
from status.wording.times import date_and_time


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
