"""`travaux emergency`: a word to customers on the mirrors, when nothing else of ours is left."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from status.cli.context import fail
from status.cli.publish import EXIT_FAILED, Wanted, about_mirrors, configured, shown
from status.config.model import Mirror
from status.domain.refused import Refused
from status.domain.states import AREAS
from status.wording.languages import LANGUAGES

END: Final = "end"
TIMEOUT_S: Final = 4.0
"""An emergency waits for one answer no longer than this."""


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
    """Say TEXT to customers on the mirrors, at once; `travaux emergency end` takes it away.

    Needs no database, no monitor, no desk: only the mirrors of config.toml, or one given with --to. Said again, it is
    added to what stands there. Once the monitor is back, it makes an event of it.
    """
    from status.publication.speaking import Speech

    texts = {options.pop("lang") or "": text}
    texts |= {key: said for key in LANGUAGES if (said := options.pop(f"text_{key}"))}
    if not text.strip():
        fail("the text is empty: say what is touched and what customers can do")
    named = tuple(area.strip() for area in areas.split(",") if area.strip())
    if unknown := [area for area in named if area not in AREAS]:
        fail(f"unknown area {unknown[0]!r}; expected one of {', '.join(AREAS)}")
    found = configured(ctx, required=options["to"] is None)
    mirrors = Wanted(**options).mirrors(found[0] if found else None)
    base = found[1].base if found and options["to"] is None else Path.cwd()
    speech = None if text == END else Speech(texts, named, until)
    with ThreadPoolExecutor(len(mirrors)) as pool:
        outcomes = list(pool.map(lambda mirror: _say(mirror, base, speech), mirrors))
    for said, _ in outcomes:
        click.echo(said)
    sys.exit(0 if all(done for _, done in outcomes) else EXIT_FAILED)


def _say(mirror: Mirror, base: Path, speech: Any) -> tuple[str, bool]:
    """Speak on one mirror, or fall silent there; give what to tell, and whether it was done."""
    from status.clock import utc_now
    from status.publication.mirroring import address_of
    from status.publication.push_targets import PushFailed, target_of
    from status.publication.speaking import fall_silent, speak

    host = urlsplit(mirror.url or mirror.to).hostname or "localhost"
    try:
        target = target_of(replace(address_of(mirror), timeout_s=min(TIMEOUT_S, mirror.timeout_s)), base)
        if speech is None:
            was = fall_silent(target, host, utc_now())
            return f"{shown(mirror)}: {'ended' if was else 'no message stood there'}", True
        standing, files = speak(target, speech, host, utc_now())
    except (PushFailed, OSError, Refused) as error:
        return f"{shown(mirror)}: {getattr(error, 'message', error)}", False
    until = f", until {standing.until:%Y-%m-%d %H:%M} UTC" if standing.until else ""
    return f"{shown(mirror)}: said in {files} files{until}\n  {mirror.url or mirror.to}", True
