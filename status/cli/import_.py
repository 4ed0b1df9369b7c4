"""`travaux import`: incidents and works of another travaux site, with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from status.cli.file_faults import content_of, tell_faults
from status.cli.posting import as_json_option, deed
from status.services.flyspray_file import read_flyspray
from status.services.imported import FILE_BYTES, Reading
from status.services.importing import Taken, faults_in, take_in
from status.services.travaux_csv import read_csv

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.group("import")
def import_() -> None:
    """Take in incidents and works of another travaux site: their numbers stay, nobody is told of them anew."""


@import_.command()
@file_argument
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", help="The language of its words [fr].")
@click.option("--close", is_flag=True, help="End what is still open there with its last word.")
@dry_run_option
@as_json_option
@click.pass_context
def flyspray(ctx: click.Context, /, file: Path, *, language: str, close: bool, dry_run: bool, as_json: bool) -> None:
    """Take in tasks of a FlySpray site, as JSON: an array, or one task a line (docs/import.md).

    Projects become components by their `legacy_project`. With one task wrong nothing is taken in.
    """
    _take(ctx, file, lambda content, _zone: read_flyspray(content, language, close=close), dry_run, as_json)


@import_.command("csv")
@file_argument
@dry_run_option
@as_json_option
@click.pass_context
def csv_(ctx: click.Context, /, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take in a CSV file with a header: number, begin, end, title_fr or title_en, and more (docs/import.md).

    With one line wrong nothing is taken in.
    """
    _take(ctx, file, read_csv, dry_run, as_json)


def _take(
    ctx: click.Context,
    file: Path,
    read: Callable[[bytes, ZoneInfo], Reading],
    dry_run: bool,  # noqa: FBT001 - handed on as it was given
    as_json: bool,  # noqa: FBT001 - as above
) -> None:
    content = content_of(file, FILE_BYTES)
    with deed(ctx, as_json=as_json) as doing:
        reading = read(content, ZoneInfo(doing.runtime.settings.site.timezone))
        faults = (*reading.faults, *faults_in(doing.session, reading.tasks, doing.now))
        reading = Reading(reading.tasks, faults, reading.private)
        if reading.faults:
            doing.session.rollback()
            tell_faults(file, reading.faults)
        taken = take_in(doing.session, reading.tasks, file.name, doing.author, doing.now)
        if dry_run:
            doing.session.rollback()
        doing.said.append(_told(taken, reading.private, dry_run=dry_run))


def _told(taken: Taken, private: int, *, dry_run: bool) -> tuple[str, dict[str, object]]:
    data: dict[str, object] = {
        "events": taken.events, "posts": taken.posts, "private": private, "dry_run": dry_run,
        "without_component": {str(project): count for project, count in taken.homeless.items() if project is not None},
    }  # fmt: skip
    lines = [f"{taken.events} events with {taken.posts} posts taken in"]
    lines += [f"{private} private ones left out"] if private else []
    for project, count in sorted(taken.homeless.items(), key=str):
        if project is not None:
            lines.append(f"{count} of project {project} touch no component: none has legacy_project = {project}")
    lines += ["a trial: nothing was written"] if dry_run else []
    return "\n".join(lines), data
