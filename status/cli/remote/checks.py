"""`travaux --server … check …`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from status.cli.remote.far import Far, Options, Way, without_nothing
from status.domain.refused import Refused


def _list(far: Far, options: Options) -> None:
    names, components = options.get("names") or (), options.get("components") or ()
    checks = _chosen(far, options) if names or components else far.server.all_of("/checks", most=20_000)
    if far.as_json:
        click.echo(json.dumps(checks, ensure_ascii=False, indent=2))
        return
    for row in checks:
        held = ", ".join(f"{each['action']} until {each['until'] or 'a person ends it'}" for each in row["holds"])
        click.echo(f"{row['name']:40}  {row['verdict'] or '':12}  {held}".rstrip())


def _holding(step: str) -> Way:
    """Give the way of a mute or a disabling."""

    def way(far: Far, options: Options) -> None:
        until = far.time(options["until"])
        if options["for_"] is not None:
            if until is not None:
                raise Refused("two_ends", "--for and --until both say when it ends: give one")
            until = (far.now + options["for_"]).isoformat()
        if until is None and step == "mute":
            raise Refused("no_end", "how long? give --for (2h) or --until (18:00): a mute ends by itself")
        body = without_nothing({"until": until, "reason": options["reason"] or None})
        _each(far, options, step, body)

    return way


def _ending(step: str) -> Way:
    """Give the way of a mute's or a disabling's end."""
    return lambda far, options: _each(far, options, step, None)


def _each(far: Far, options: Options, step: str, body: Mapping[str, object] | None) -> None:
    done = [far.server.post(f"/checks/{row['id']}/{step}", body).data for row in _chosen(far, options)]
    if far.as_json:
        click.echo(json.dumps(done, ensure_ascii=False, indent=2))
        return
    for row in done:
        held = ", ".join(f"{each['action']} until {each['until'] or 'a person ends it'}" for each in row["holds"])
        click.echo(f"{row['name']}  {held or 'no hold'}")


def _chosen(far: Far, options: Options) -> list[dict[str, Any]]:
    """Read the checks that were named, and those of the components that were."""
    found: dict[int, dict[str, Any]] = {}
    for name in options["names"]:
        rows = far.server.get("/checks", name=name).data["items"]
        if not rows:
            raise Refused("no_such_check", f"there is no check {name!r}; `travaux check list` lists them")
        found |= {row["id"]: row for row in rows}
    for slug in options["components"]:
        rows = far.server.all_of("/checks", component=slug)
        if not rows:
            raise Refused("no_check", f"the component {slug!r} has no check of its own; `travaux check list` lists all")
        found |= {row["id"]: row for row in rows}
    if not found:
        raise Refused("no_check", "name a check, or a component with --component; `travaux check list` lists them")
    return list(found.values())


WAYS: Final[dict[str, Way]] = {
    "list": _list, "mute": _holding("mute"), "unmute": _ending("unmute"), "disable": _holding("disable"),
    "enable": _ending("enable"),
}  # fmt: skip
