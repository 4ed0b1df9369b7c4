from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from probes.agent_messages import CheckToRun, Post, Record, Standing, as_seen, as_tested, as_waiting, to_run
from probes.kinds.radius import KIND as RADIUS
from probes.self_test import Answers
from probes.types import Check, Instant, Observation, Outcome, Pending

AT = Instant(50.0, 1_790_000_000.0)


def observation(**changes) -> Observation:
    values = {
        "check_id": 3, "location": "rbx", "sequence": 7, "order_uid": "standing/3", "standing": True, "due": AT,
        "began": AT.plus(0.1), "duration_s": 0.2, "outcome": Outcome.FAILED, "reason": "refused", **changes,
    }  # fmt: skip
    return Observation(**values)


def post(*items, **changes) -> str:
    sent = {"steady": 60.0, "wall": 1.0}
    dumped = [item.model_dump(mode="json") for item in items]
    body = {"location": "rbx", "boot": "b", "sent": sent, "items": dumped, **changes}
    return Post.model_validate(body).model_dump_json()


def test_what_was_seen_passes_unchanged():
    answers = Answers(AT, AT.plus(1), (True, False))
    items = (as_seen(observation(loss=0.25)), as_waiting(Pending(3, "rbx", 8, False, AT)), as_tested(answers))
    assert Post.model_validate_json(post(*items)).items == items


def test_a_record_of_the_buffer_passes_unchanged():
    record = Record(items=(as_seen(observation()),))
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_what_json_cannot_hold_becomes_text():
    evidence = {"bytes": b"\xff", "not a number": math.nan, "set": {1}, "\ud800": "\0"}
    item = as_seen(observation(evidence=evidence, detail="a\0b\udcff", phases_s={"total": math.inf}))
    assert item.detail == "a�b?"
    assert item.evidence == {"bytes": "b'\\xff'", "not a number": "nan", "set": [1], "?": "�"}
    assert Post.model_validate_json(post(item)).items == (item,)


def test_a_long_detail_is_cut():
    assert len(as_seen(observation(detail="x" * 100_000)).detail) == 2_000


def test_unknown_keys_of_a_newer_release_are_ignored():
    assert Post.model_validate_json(post(mood="good")).items == ()


@pytest.mark.parametrize("changes", [{"boot": ""}, {"items": [{"type": "guess"}]}, {"sent": {"steady": -1, "wall": 0}}])
def test_a_faulty_batch_is_refused(changes):
    with pytest.raises(ValidationError):
        post(**changes)


def test_a_secret_travels_as_its_reference(tmp_path):
    given = {"host": "h", "user": "u", "secret": f"file:{tmp_path}/s", "password": "env:P"}
    check = Check(1, "r", "radius", 30, 5, RADIUS.options.model_validate(given))
    assert to_run(check).options == given


def test_the_digest_follows_every_change():
    check = CheckToRun(id=1, name="a", kind="tcp", interval_s=30, timeout_s=5, options={}, phase=0.5)
    moved = check.model_copy(update={"phase": 0.6})
    assert Standing(checks=(check,)).digest() == Standing(checks=(check,)).digest()
    assert Standing(checks=(check,)).digest() != Standing(checks=(moved,)).digest()
