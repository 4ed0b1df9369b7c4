"""`travaux --server … incident …`: notes, hands, corrections, drafts, facts, post-mortems."""

from __future__ import annotations

from typing import Any, Final

from status.cli.incident_later import print_drafts
from status.cli.incident_lessons import given_facts, print_facts, print_post_mortem
from status.cli.incident_words import chosen
from status.cli.posting import cleared
from status.cli.remote.far import ANY, Far, Options, Way, event_segment, without_nothing
from status.cli.remote.server import segment
from status.domain.refused import Refused


def _path(options: Options, *rest: str) -> str:
    return "/".join(("/events", event_segment(options["event"]), *rest))


def _note(far: Far, options: Options) -> None:
    far.server.post(_path(options, "notes"), {"text": options["text"]})
    far.told.append(far.event(options["event"]))


def _ack(far: Far, options: Options) -> None:
    far.step(_path(options, "acknowledge"))


def _assign(far: Far, options: Options) -> None:
    if (options["name"] is None) != options["nobody"]:
        raise Refused("account", "say who takes care of it: --to NAME, or --nobody")
    far.step(_path(options, "assign"), {"account": options["name"], "note": options["said"]})


def _link(far: Far, options: Options) -> None:
    far.step(_path(options, "links"), {"event": event_segment(options["other"])})


def _unlink(far: Far, options: Options) -> None:
    answer = far.server.send("DELETE", _path(options, "links", event_segment(options["other"])))
    far.told.append(answer.data)


def _correct(far: Far, options: Options) -> None:
    body = {"texts": far.words(options, "text")}
    far.server.post(_path(options, "updates", _update(far, options), "correct"), body, match=ANY)
    far.told.append(far.event(options["event"]))


def _redact(far: Far, options: Options) -> None:
    fields, why = chosen(options["number"], options["fields"]), {"reason": options["reason"]}
    if options["number"] is not None:
        far.server.post(_path(options, "updates", _update(far, options), "redact"), why, match=ANY)
        far.told.append(far.event(options["event"]))
        return
    body = without_nothing({"fields": fields, "title": far.words(options, "title")})
    far.step(_path(options, "redact"), {**body, **why})


def _update(far: Far, options: Options) -> str:
    """Find the id of an update by its number. Raise Refused."""
    for row in far.server.all_of(_path(options, "updates")):
        if row["k"] == options["number"]:
            return str(row["id"])
    raise Refused("no_such_update", f"the event has no update {options['number']}; `incident show` numbers them")


def _publish(far: Far, options: Options) -> None:
    if options["at"] is not None or options["not_yet"]:
        at = None if options["not_yet"] else far.time(options["at"])
        far.step(_path(options, "publish-at"), {"publish_at": at})
    else:
        far.step(_path(options, "publish"))


def _keep(far: Far, options: Options) -> None:
    default = options["impact"] or (far.event(options["event"])["impact"] if options["components"] else None)
    body = without_nothing({
        "texts": far.words(options, "text"), "title": far.words(options, "title"), "state": options["state"],
        "impact": options["impact"], "impacts": far.impacts(options["components"], default),
        "next_update_at": far.time(options["next_update"]), "expected_end_at": far.time(options["expected_end"]),
        "happened_at": far.time(options["happened_at"]), "progress": options["progress"],
        "publish_at": far.time(options["at"]),
    })  # fmt: skip
    body |= dict.fromkeys(cleared(options))
    kept = far.server.post(_path(options, "drafts"), body).data
    print_drafts([_draft(far, options, kept)], as_json=far.as_json)


def _drafts(far: Far, options: Options) -> None:
    if options["event"] is None:
        raise Refused("event", "name the event: at a server, drafts are listed by event")
    waiting = far.server.all_of(_path(options, "drafts"))
    print_drafts([_draft(far, options, each) for each in waiting], as_json=far.as_json)


def _draft(far: Far, options: Options, kept: dict[str, Any]) -> dict[str, object]:
    names = ("uid", "author", "origin", "failure", "publish_at", "texts")
    event = far.event(options["event"])
    return {**{name: kept[name] for name in names}, "event": event["n"] or event["uid"]}


def _post(far: Far, options: Options) -> None:
    far.server.post(_path(options, "drafts", segment(options["draft"]), "post"), match=ANY)
    far.told.append(far.event(options["event"]))


def _discard(far: Far, options: Options) -> None:
    far.server.send("DELETE", _path(options, "drafts", segment(options["draft"])), match=ANY)
    far.told.append(far.event(options["event"]))


def _facts(far: Far, options: Options) -> None:
    given = given_facts(options)
    if "detected_at" in given:
        given["detected_at"] = far.time(options["detected_at"])
    if given:
        far.server.send("PATCH", _path(options, "facts"), given, match=ANY)
    told = far.server.get(_path(options, "facts")).data
    print_facts(told, as_csv=options["as_csv"], as_json=far.as_json)


def _write(far: Far, options: Options) -> None:
    if options["version"] is not None:
        raise Refused("version", "--version of a post-mortem is for the machine travaux runs on: leave it out")
    before = _written(far, options)
    texts = {**(before["text"] if before else {}), **far.words(options, "text")}
    far.server.send("PUT", _path(options, "post-mortem"), {"text": texts}, match=ANY)
    far.told.append(far.event(options["event"]))


def _show(far: Far, options: Options) -> None:
    told = far.server.get(_path(options, "post-mortem")).data
    shown = {name: told[name] for name in ("version", "published_at", "text")}
    print_post_mortem(shown, as_json=far.as_json)


def _written(far: Far, options: Options) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = far.server.get(_path(options, "post-mortem")).data
    except Refused as error:
        if error.reason == "no_such_post_mortem":
            return None
        raise
    return found


def _publish_post_mortem(far: Far, options: Options) -> None:
    far.server.post(_path(options, "post-mortem", "publish"), match=ANY)
    far.told.append(far.event(options["event"]))


WAYS: Final[dict[tuple[str, ...], Way]] = {
    ("note",): _note, ("ack",): _ack, ("assign",): _assign, ("link",): _link, ("unlink",): _unlink,
    ("correct",): _correct, ("redact",): _redact, ("publish",): _publish, ("draft", "keep"): _keep,
    ("draft", "list"): _drafts, ("draft", "post"): _post, ("draft", "discard"): _discard, ("facts",): _facts,
    ("post-mortem", "write"): _write, ("post-mortem", "show"): _show, ("post-mortem", "publish"): _publish_post_mortem,
}  # fmt: skip
