"""What `travaux incident` and `travaux work` share: words and times from options, one transaction, what is printed."""

from __future__ import annotations

import difflib
import functools
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

import click
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, InternalError, NotSupportedError
from sqlalchemy.orm import Session

from status.cli.context import fail, refused, require_schema, runtime_of
from status.cli.telling import event_data, name_of, page_of, title_of
from status.clock import utc
from status.domain.refused import Refused
from status.domain.states import Impact
from status.domain.written import read_time
from status.models import Actor, Component, Event
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import actors
from status.services.changing import line_up

Command = TypeVar("Command", bound=Callable[..., Any])

IMPACTS = click.Choice([impact.value for impact in Impact])
EXIT_DATABASE = 3
STDIN_BYTES = 1_000_000
"""More than any text may have; /dev/zero ends here."""


@dataclass(slots=True)
class Deed:
    """One command's transaction: who does it, when, and what is told once it is kept."""

    runtime: Runtime
    session: Session
    author: Actor
    now: datetime
    told: list[Event] = field(default_factory=list)
    said: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    """What else is told: a line for people, and the same for scripts."""

    def time(self, text: str | None) -> datetime | None:
        """Read a time of the site's zone; None stays None."""
        return None if text is None else read_time(text, self.runtime.settings.site.timezone, self.now)

    def words(self, given: Mapping[str, str | None]) -> dict[str, str]:
        """Give words by language: `any` (without a language) is the site's first one."""
        first = self.runtime.settings.site.languages[0]
        return {first if key == "any" else key: text for key, text in given.items() if text is not None}

    def impacts(self, named: Sequence[str], default: str) -> dict[int, Impact]:
        """Read `slug` or `slug=impact`, each; raise Refused for an unknown one, with the nearest known."""
        found = {}
        for each in named:
            slug, _, impact = each.partition("=")
            if impact and impact not in IMPACTS.choices:
                raise Refused("impact", f"{each!r}: no impact {impact!r}; expected one of {', '.join(IMPACTS.choices)}")
            found[component_id(self.session, slug)] = Impact(impact or default)
        return found


@contextmanager
def deed(ctx: click.Context, *, as_json: bool) -> Iterator[Deed]:
    """Run a command in one transaction; after the commit print its events. Refused: nothing is kept, exit 1."""
    with deeds(ctx) as transaction:
        with transaction() as doing:
            yield doing
        _print(doing.runtime, doing.told, as_json=as_json)
        _print_said(doing.said, as_json=as_json)


@contextmanager
def deeds(ctx: click.Context) -> Iterator[Callable[[], AbstractContextManager[Deed]]]:
    """Give what opens a transaction, for a command whose work is too long for one: others write in between."""
    runtime = runtime_of(ctx)
    with _answers():
        require_schema(runtime)
        yield functools.partial(_transaction, runtime)


@contextmanager
def _transaction(runtime: Runtime) -> Iterator[Deed]:
    with writing(runtime.sessions) as session:
        line_up(session)
        yield Deed(runtime, session, actors.cli_user(session, _user()), utc(runtime.clock().wall))


@contextmanager
def looking(ctx: click.Context) -> Iterator[tuple[Runtime, Session]]:
    """Run a command that only reads."""
    runtime = runtime_of(ctx)
    with _answers(), reading(runtime.sessions) as session:
        yield runtime, session


def component_id(session: Session, slug: str) -> int:
    """Find a component by its slug; raise Refused naming the nearest one."""
    rows = session.execute(sa.select(Component.slug, Component.id).where(Component.retired_at.is_(None)))
    known: dict[str, int] = {row.slug: row.id for row in rows}
    if slug not in known:
        raise Refused("no_such_component", f"there is no component {slug!r}{nearest(slug, known)}")
    return known[slug]


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, else what is known."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    return f", did you mean {near[0]!r}?" if near else f"; known are: {', '.join(names[:20]) or 'none'}"


def worded(name: str, help_: str) -> Callable[[Command], Command]:
    """Add `--name`, `--name-fr` and `--name-en`; they arrive as `name`, `name_fr`, `name_en`. A text can be edited."""

    def add(command: Command) -> Command:
        command = editable(command) if name == "text" else command
        for suffix, language in (("-en", " (English)"), ("-fr", " (French)"), ("", " (the site's first language)")):
            said = f"{help_}{language}. '-' reads standard input."
            command = click.option(f"--{name}{suffix}", help=said, callback=_typed)(command)
        return command

    return add


def editable(command: Command) -> Command:
    """Add `--edit`: the text is written in an editor, before anything else is done."""

    @functools.wraps(command)
    def edited(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **with_editor(options))
        except Unwritten as error:
            refused(error)

    said = "Write --text in your editor ($VISUAL, $EDITOR)."
    return cast("Command", click.option("--edit", is_flag=True, help=said)(edited))


class Unwritten(Refused):
    """The editor was left without a text."""


def with_editor(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give a command's options with what was written in the editor as `text`, where `edit` asks for one."""
    given = dict(options)
    if given.pop("edit", False):
        given["text"] = click.edit(given["text"] or "", extension=".txt")
        if not (given["text"] or "").strip():
            raise Unwritten("unwritten", "nothing was written: the editor was left without saving a text")
    return given


def by_language(name: str, options: Mapping[str, Any]) -> dict[str, str | None]:
    """Gather what `worded` added."""
    return {"any": options[name], "fr": options[f"{name}_fr"], "en": options[f"{name}_en"]}


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
event_argument = click.argument("event", metavar="EVENT")
TIME = "A time: '14:05', '2026-11-22 14:05' (the site's zone), '+45m'."
components_option = click.option(
    "-c",
    "--component",
    "components",
    multiple=True,
    metavar="SLUG[=IMPACT]",
    help="A component it touches; repeatable.",
)


def list_events(ctx: click.Context, events: sa.Select[Any], *, as_json: bool) -> None:
    """Print events, one a line."""
    with looking(ctx) as (runtime, session):
        rows: list[Event] = list(session.scalars(events))
        if as_json:
            click.echo(json.dumps([event_data(runtime, row) for row in rows], ensure_ascii=False, indent=2))
            return
        for row in rows:
            click.echo(f"{name_of(row):14}  {row.state.value:13}  {row.impact.value:12}  {title_of(runtime, row)}")
        if not rows:
            click.echo("none")


@contextmanager
def _answers() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        refused(error)
    except DatabaseError as error:
        if isinstance(error, (IntegrityError, DataError, InternalError, NotSupportedError)):
            raise  # not the database's state but a bug of ours
        begun = "has `travaux run` been started once? " if _is_missing(error) else ""
        fail(f"the database cannot be used: {error.orig}; {begun}`travaux doctor` looks for the cause", EXIT_DATABASE)


def _is_missing(error: DBAPIError) -> bool:
    return any(words in str(error.orig) for words in ("unable to open", "no such table", "does not exist"))


def _print(runtime: Runtime, events: Sequence[Event], *, as_json: bool) -> None:
    for event in events:
        if as_json:
            click.echo(json.dumps(event_data(runtime, event), ensure_ascii=False, indent=2))
        else:
            click.echo(f"{name_of(event)}  {page_of(runtime, event) or 'draft: no public page until it is published'}")


def _print_said(said: Sequence[tuple[str, dict[str, object]]], *, as_json: bool) -> None:
    if as_json and said:
        click.echo(json.dumps([data for _, data in said], ensure_ascii=False, indent=2))
    for line, _ in () if as_json else said:
        click.echo(line)


def _typed(_ctx: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Read `-` from standard input while options are read: nobody types inside a transaction that others wait for."""
    try:
        if text == "-":
            return sys.stdin.buffer.read(STDIN_BYTES).decode()
        (text or "").encode()
    except UnicodeError as error:
        raise click.BadParameter("this text is not UTF-8, and letters would be lost: set the terminal to it") from error
    return text


def cleared_options(command: Command) -> Command:
    """Add `--no-next-update` and `--no-expected-end`, which take a promised or an expected time back."""
    command = click.option("--no-next-update", is_flag=True, help="No next word is promised any more.")(command)
    return click.option("--no-expected-end", is_flag=True, help="No end is expected any more.")(command)


def cleared(options: Mapping[str, Any]) -> frozenset[str]:
    """Give the times that these options take back. Raise Refused for one that is given as well."""
    for name in ("next_update", "expected_end"):
        if options[f"no_{name}"] and options[name] is not None:
            said = name.replace("_", "-")
            raise Refused("cleared", f"--{said} and --no-{said} contradict one another: give one of them")
    return frozenset(f"{name}_at" for name in ("next_update", "expected_end") if options[f"no_{name}"])


text_argument = click.argument("text", metavar="TEXT", callback=_typed)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"
