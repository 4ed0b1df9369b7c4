"""A published page made fit for a host that runs nothing of ours (SPEC §5).

Links lead to other files of the copy, or to the main site; what only a server answers is gone (forms, buttons, the
site's own script). A page renewed each minute says until when it holds; any other says when the copy was made, and
states nothing green of the present. What an event's page tells (restored, under watch) is as old as the copy too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from html import escape, unescape
from typing import Final

from markupsafe import Markup

from status.services.emergency import iso
from status.wording import copies
from status.wording.languages import LANGUAGES

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
"""Said by the page itself, as a static host sends no header of ours."""

HEAD: Final = '<meta charset="utf-8">'

_LINK: Final = re.compile(r'\b(href|src)="(/(?!/)[^"]*)"')
_LANGUAGE: Final = re.compile(r'<html lang="([a-z]{2})"')
_MAIN: Final = re.compile(r"<main\b[^<>]*>")
_TIME: Final = r"(<time [^<>]*>[^<>]*</time>)"
_ICON: Final = '<svg class="i" aria-hidden="true"><use href="#{}"/></svg>'
_WELL, _UNSURE = _ICON.format("operational"), _ICON.format("unknown")
_ENDED, _KEPT_ENDED = f's-ended">{_WELL}', 's-ended">\0'


class Claim(Enum):
    """What a page says of the present: nothing; until `valid_until`; only what it was; nothing any more (a twin)."""

    NONE = "none"
    RENEWED = "renewed"
    KEPT = "kept"
    TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for every page of one copy: where links lead, its script, the site's zone and main address.

    `local` maps a published path (with its query) to its address on the copy, `prefix` included.
    """

    public_url: str
    prefix: str
    local: Mapping[str, str]
    script: str
    zone: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: what it claims, and until when, or since when its bytes stand; `twin` is the file that takes over."""

    claim: Claim
    made_at: datetime | None = None
    until: datetime | None = None
    twin: str = ""


def copy_page(page: str, sheet: Sheet, rules: Rules) -> str:
    """Make a page of the main site one of the copy. Knows the markup of our own templates, no other."""
    language = language_of(page)
    for tag, instead in (("form", _search_elsewhere(language, rules)), ("button", _nothing), ("script", _nothing)):
        page = _replaced(page, tag, instead)
    page = _LINK.sub(lambda link: f'{link[1]}="{_leading(link[2], rules)}"', page)
    if sheet.claim is Claim.RENEWED and sheet.until is not None:
        page = _holding_until(page, language, sheet.until, rules.zone)
    elif sheet.made_at is not None:
        made = copies.made_at(language, sheet.made_at, rules.zone)
        front = rules.local.get(f"/{language}", f"{rules.prefix}/")
        state = copies.on_pages(language, copies.CURRENT_STATE)
        page = unclaimed(page) if sheet.claim is Claim.KEPT else page
        page = noted(page, Markup('{} <a href="{}">{}</a>').format(made, front, state))
    elif sheet.claim is Claim.TWIN:
        page = _not_renewed(page, language)
    return _with_script(page, sheet, rules, copies.since_renewed(language))


def language_of(page: str) -> str:
    """Give the language a page is written in; the first of ours when it doesn't say."""
    found = _LANGUAGE.search(page)
    return found[1] if found and found[1] in LANGUAGES else LANGUAGES[0]


def noted(page: str, note: Markup) -> str:
    """Put a note before everything else the page says."""
    return opened(page, f'<p class="copy">{note}</p>')


def opened(page: str, markup: str) -> str:
    """Put markup at the beginning of the page's main part."""
    main = _MAIN.search(page)
    return page if main is None else f"{page[: main.end()]}\n{markup}{page[main.end() :]}"


def unclaimed(page: str) -> str:
    """Take the green from a page: what is well was well when the copy was made."""
    language = language_of(page)
    before, _, after = copies.on_pages(language, copies.WAS).partition("%(state)s")
    page = page.replace(_ENDED, _KEPT_ENDED)
    mark = f'<span class="state s-operational">{_WELL}<span>'
    first, *others = page.split(mark)
    for other in others:
        word, end, rest = other.partition("</span>")
        first += f'<span class="state s-unknown">{_UNSURE}<span>{before}{word}{after}{end}{rest}'
    return first.replace("s-operational", "s-unknown").replace(_WELL, _UNSURE).replace("\0", _WELL)


def _holding_until(page: str, language: str, until: datetime, zone: str) -> str:
    said = 0

    def write(found: re.Match[str]) -> str:
        return copies.until_when(language, Markup(found[1]), until, zone)  # noqa: S704 - our own page's element

    for message in copies.PRESENT:
        before, _, after = copies.on_pages(language, message).partition(copies.PLACE)
        page, count = re.compile(re.escape(before) + _TIME + re.escape(after)).subn(write, page)
        said += count
    return page if said else noted(page, copies.until_when(language, Markup("–"), until, zone))


def _not_renewed(page: str, language: str) -> str:
    for message, instead in copies.TWINS.items():
        old, new = copies.on_pages(language, message), copies.on_pages(language, instead)
        before, _, after = old.partition(copies.PLACE)
        first, _, last = new.partition(copies.PLACE)
        page = re.compile(re.escape(before) + _TIME + re.escape(after)).sub(
            lambda found, first=first, last=last: f"{first}{found[1]}{last}",  # type: ignore[misc]
            page,
        )
    return page.replace(copies.on_pages(language, copies.INTERRUPTED), copies.since_renewed(language))


def _leading(link: str, rules: Rules) -> str:
    """Give where a link leads: to a file of the copy, or to the main site."""
    path, hash_, fragment = unescape(link).partition("#")
    there = rules.local.get(path)
    return escape(f"{rules.public_url}{path}{hash_}{fragment}" if there is None else f"{there}{hash_}{fragment}")


def _search_elsewhere(language: str, rules: Rules) -> Callable[[str], str]:
    def link(opening: str) -> str:
        _, found, rest = opening.partition('action="/')
        path = "/" + unescape(rest.partition('"')[0]) if found else f"/{language}"
        words = copies.search_elsewhere(language)
        return Markup('<p class="elsewhere"><a href="{}">{}</a></p>').format(rules.public_url + path, words)

    return link


def _nothing(_opening: str) -> str:
    return ""


def _replaced(page: str, tag: str, instead: Callable[[str], str]) -> str:
    """Replace each element of a kind that holds none of its own kind; `instead` is given its opening tag."""
    first, *others = page.split(f"<{tag} ")
    kept = [first]
    for other in others:
        opening, _, inner = other.partition(">")
        _, end, rest = inner.partition(f"</{tag}>")
        kept += [instead(opening), rest] if end else [f"<{tag} {other}"]
    return "".join(kept)


def _with_script(page: str, sheet: Sheet, rules: Rules, gone: str) -> str:
    values = {"root": f"{rules.prefix}/"}
    if sheet.claim is Claim.RENEWED and sheet.twin:
        values |= {"until": iso(sheet.until) or "", "twin": sheet.twin, "gone": gone}
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in values.items())
    page = page.replace(HEAD, f'{HEAD}\n<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">', 1)
    return page.replace("</head>", f'<script src="{escape(rules.script)}" defer{data}></script>\n</head>', 1)
