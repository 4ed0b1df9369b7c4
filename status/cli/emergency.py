"""`travaux emergency`: a word to customers on the mirrors, when nothing else of ours is left."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from status.cli.context import fail
from status.cli.publish import EXIT_FAILED, Wanted, about_mirrors, configured, shown
from status.config.findings import did_you_mean
from status.config.model import Mirror
from status.domain.refused import Refused
from status.domain.states import AREAS
from status.wording.languages import LANGUAGES

if TYPE_CHECKING:
    from status.publication.push_targets import Target
    from status.publication.speaking import Heard, Speech
    from status.services.emergency import Emergency

ENDS: Final = ("end", "fin")
"""Texts that are no message: they take it away, in any case of letters."""

TIMEOUT_S: Final = 4.0
"""An emergency waits for one answer no longer than this."""

HEARD_WITHIN_S: Final = 2.0
"""So long all mirrors wait for one another before words are found; who answers later is told the same words."""

Deed = Callable[[], str]
"""Does something on one mirror and says what."""


@click.command()
@click.argument("text")
@click.option("--areas", default="", help=f"Which areas it is about, with commas: {', '.join(AREAS)}. Default: all.")
@click.option("--until", default="", help="When it stops by itself: 18:00, +2h, 2026-11-22 18:00.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="The language of TEXT. Default: the mirror's first one.")
@click.option("--text-fr", help="The same in French.")
@click.option("--text-en", help="The same in English.")
@about_mirrors
@click.pass_context
def emergency(ctx: click.Context, /, text: str, areas: str, until: str, **options: Any) -> None:
    """Say TEXT to customers on the mirrors, at once; `travaux emergency end` (or `fin`) takes all away.

    Needs no database, no monitor, no desk: only the mirrors of config.toml, or one given with --to. Said again, it is
    added to what stands there. Once the monitor is back, it makes an event of it.
    """
    from status.clock import utc_now
    from status.publication.speaking import Speech

    texts = {options.pop("lang") or "": text}
    texts |= {key: said for key in LANGUAGES if (said := options.pop(f"text_{key}"))}
    if not text.strip():
        fail("the text is empty: say what is touched and what customers can do")
    named = _areas(areas)
    found = configured(ctx, required=options["to"] is None)
    mirrors = Wanted(**options).mirrors(found[0] if found else None)
    base = found[1].base if found and options["to"] is None else Path.cwd()
    now = utc_now()
    if text.strip().casefold() in ENDS:
        done = _on_each(mirrors, [partial(_end, mirror, base, now) for mirror in mirrors])
    else:
        done = _say(mirrors, base, Speech(texts, named, until), now)
    sys.exit(0 if done else EXIT_FAILED)


def _areas(text: str) -> tuple[str, ...]:
    """Read the names of areas; leave with a message that names the nearest one when one is unknown."""
    named = tuple(area.strip() for area in text.split(",") if area.strip())
    if unknown := [area for area in named if area not in AREAS]:
        plain = unicodedata.normalize("NFKD", unknown[0]).encode("ascii", "ignore").decode().casefold()
        meant = did_you_mean(plain, AREAS)
        fail(f"unknown area {unknown[0]!r}{meant}; expected one of {', '.join(AREAS)}")
    return named


def _say(mirrors: Sequence[Mirror], base: Path, speech: Speech, now: datetime) -> bool:
    """Say the same words on every mirror; tell whether all took them. Leave with a message when they can't be said."""
    from status.publication.speaking import utter

    with ThreadPoolExecutor(len(mirrors)) as pool:
        hearing = [pool.submit(_hear, mirror, base, now) for mirror in mirrors]
        wait(hearing, HEARD_WITHIN_S)
        if not any(map(_was_heard, hearing)):
            wait(hearing)
        heard = [future.result()[1] for future in hearing if _was_heard(future)]
        try:
            uttered = utter(heard, speech, _host(mirrors[0]), now)
        except Refused as error:
            fail(error.message)
        return _on_each(mirrors, [partial(_tell, *each, uttered) for each in zip(mirrors, hearing, strict=True)])


def _on_each(mirrors: Sequence[Mirror], deeds: Sequence[Deed]) -> bool:
    """Do something on all mirrors at once and say of each what was done; tell whether all went well."""
    from status.publication.push_targets import PushFailed

    with ThreadPoolExecutor(len(mirrors)) as pool:
        doing = [pool.submit(deed) for deed in deeds]
    went_well = True
    for mirror, future in zip(mirrors, doing, strict=True):
        try:
            click.echo(f"{shown(mirror)}: {future.result()}")
        except (PushFailed, OSError, Refused) as error:
            went_well = False
            click.echo(f"{shown(mirror)}: {getattr(error, 'message', error)}")
    return went_well


def _hear(mirror: Mirror, base: Path, now: datetime) -> tuple[Target, Heard]:
    from status.publication.speaking import hear

    target = _target(mirror, base)
    return target, hear(target, _host(mirror), now)


def _was_heard(hearing: Future[tuple[Target, Heard]]) -> bool:
    return hearing.done() and hearing.exception() is None


def _tell(mirror: Mirror, hearing: Future[tuple[Target, Heard]], uttered: Emergency) -> str:
    from status.publication.speaking import tell

    target, heard = hearing.result()
    standing, files = tell(target, heard, uttered)
    until = f", until {standing.until:%Y-%m-%d %H:%M} UTC" if standing.until else ""
    return f"said in {files} files{until}\n  {mirror.url or mirror.to}"


def _end(mirror: Mirror, base: Path, now: datetime) -> str:
    from status.publication.speaking import fall_silent

    return "ended" if fall_silent(_target(mirror, base), _host(mirror), now) else "no message stood there"


def _target(mirror: Mirror, base: Path) -> Target:
    from status.publication.mirroring import address_of
    from status.publication.push_targets import target_of

    return target_of(replace(address_of(mirror), timeout_s=min(TIMEOUT_S, mirror.timeout_s)), base)


def _host(mirror: Mirror) -> str:
    return urlsplit(mirror.url or mirror.to).hostname or "localhost"
