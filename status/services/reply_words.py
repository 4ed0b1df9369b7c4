"""What a person wrote in his reply: without what he quotes and without his signature.

    text ─▶ heads of quotations told in English ─▶ split at mail-parser-reply's heads ─▶ unquoted lines ─▶ unsigned

In doubt words are kept: a note too long is read, one that lost its point is not.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from mailparser_reply.parser import EmailMessage  # type: ignore[import-untyped]

TEXT_LENGTH: Final = 20_000
LINE_LENGTH: Final = 400
"""More is cut before the library's patterns see it: their time grows with the square of a line."""

SPACES: Final = str.maketrans(dict.fromkeys("\u00a0\u202f\u2007", " ") | dict.fromkeys("\u200b\ufeff", ""))
MARK: Final = r"^(?P<mark>(?:> ?)*)"
WHO: Final = r"(?P<who>(?=[^\n]*\d)[^\n]{3,200}(?:\n(?!\n)(?!(?:Le|On) )[> ]*[^\n]{0,200}){0,2}?)"
"""When and who, folded over three lines at most; it has a date, and no line of it begins like another head."""

WROTE: Final = re.compile(rf"{MARK}Le {WHO}\s+a\s+écrit ?: *$", re.MULTILINE)
WROTE_ENGLISH: Final = re.compile(rf"{MARK}On {WHO}\s+wrote: *$", re.MULTILINE)
SEPARATOR: Final = re.compile(
    r"^-{2,} ?(?:message (?:d['’]origine|original|transféré)|original message|forwarded message) ?-{2,}$",
    re.MULTILINE | re.IGNORECASE,
)
FIELDS: Final = {
    "de": "From", "expéditeur": "From", "envoyé": "Sent", "date": "Date", "à": "To", "destinataire": "To", "cc": "Cc",
    "objet": "Subject",
}  # fmt: skip
FIELD: Final = re.compile(
    r"^\*?(de|expéditeur|envoyé|date|à|destinataire|cc|objet) ?:\*? ?(?=\S)", re.MULTILINE | re.IGNORECASE
)
FIELDS_TOGETHER: Final = re.compile(
    r"(?:^\*?(?:de|expéditeur|envoyé|date|à|destinataire|cc|objet) ?:\*? ?\S[^\n]*\n){3,}", re.MULTILINE | re.IGNORECASE
)
SIGNATURE: Final = re.compile(r"--|_{5,}")
SENT_FROM: Final = re.compile(
    r"(?:sent (?:from|with)|get outlook for|envoyé (?:de|depuis|à partir|avec)|télécharge[rz] outlook|obtenir outlook)"
    r"\b.{0,80}",
    re.IGNORECASE,
)
CLOSING: Final = re.compile(
    r"(?:(?:bien |très )?cordialement|(?:sincères |cordiales |meilleures )?salutations|bonne (?:journée|nuit|soirée)|"
    r"cdt|bien à (?:vous|toi)|(?:best|kind|warm)(?: regards)?|regards|cheers)[,.! ]*",
    re.IGNORECASE,
)


def words_of_reply(text: str) -> str:
    """Give the words of a reply; empty when there is nothing but quotation and signature.

    Of the library only the patterns of heads are used: its own cutting takes lists for signatures, and minutes for a
    page of empty lines.
    """
    text = _told_in_english(_bounded(text))
    heads = EmailMessage("", languages=["en", "fr"]).HEADER_REGEX
    first, *quoted = _split(text, heads)
    parts = [first]
    for part in quoted:
        if part and not part.startswith(">"):
            break  # a quotation without marks goes on to the end
        parts.append(part)
    return "\n\n".join(filter(None, (_unsigned(_unquoted(part)) for part in parts)))


def _split(text: str, heads: re.Pattern[str]) -> list[str]:
    """Give what stands before the first head, then what follows each."""
    ends = [(0, 0), *(found.span() for found in heads.finditer(text)), (len(text), len(text))]
    return [text[after:before].strip("\n") for (_, after), (before, _) in itertools.pairwise(ends)]


def _bounded(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(SPACES)[:TEXT_LENGTH]
    lines = (re.sub(r"[ \t]{2,}", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_folded(line) for line in lines)).strip()


def _folded(line: str) -> str:
    """Break a line that is too long at spaces, by force where there is none."""
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join(piece.strip() for piece in re.findall(rf".{{1,{LINE_LENGTH}}}(?: |$)|.{{{LINE_LENGTH}}}", line))


def _told_in_english(text: str) -> str:
    """Say French heads of quotations, and folded ones, as mail-parser-reply knows them."""
    text = SEPARATOR.sub("-----Original Message-----", text)
    for pattern in (WROTE, WROTE_ENGLISH):
        text = pattern.sub(lambda found: f"\n\n{found['mark']}On {_one_line(found['who'])} wrote:", text)
    return FIELDS_TOGETHER.sub(lambda block: FIELD.sub(lambda field: f"{FIELDS[field[1].lower()]}: ", block[0]), text)


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n[> ]*", " ", text)


def _unquoted(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(">")).strip("\n")


def _unsigned(text: str) -> str:
    """Cut the signature: from `--`, from a telephone's own line, from a closing that stands alone on its line."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if any(pattern.fullmatch(line.strip()) for pattern in (SIGNATURE, SENT_FROM)) or (
            CLOSING.fullmatch(line.strip()) and number > 0
        ):
            return "\n".join(lines[:number]).strip()
    return text.strip()
