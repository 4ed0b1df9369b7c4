"""The numbers of the detection rule, for one check. Defaults are the rule's; settings may change each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Spans in seconds of the steady clock; `_many_` holds where two or more healthy locations look."""

    confirm_offsets_s: tuple[float, ...] = (5.0, 10.0, 16.0, 20.5)
    confirm_offsets_many_s: tuple[float, ...] = (0.0, 8.0, 15.5)
    confirm_timeout_s: float = 8.0
    down_failures_in_row: int = 2
    down_failures_in_all: int = 4
    down_after_s: float = 20.0
    down_after_many_s: float = 15.0
    suspicion_pace_s: float = 20.0
    suspicion_for_s: float = 300.0
    up_successes_in_row: int = 2
    up_after_s: float = 20.0
    up_offsets_s: tuple[float, ...] = (10.0, 20.5)
    down_pace_s: float = 15.0
    close_after_s: float = 300.0
    reopen_within_s: float = 900.0
    group_within_s: float = 180.0
    stale_intervals: float = 3.0
    join_gather_s: float = 60.0
    join_post_every_s: float = 300.0
    work_overrun_s: float = 300.0
    draft_publish_after_s: float = 600.0


@dataclass(frozen=True, slots=True)
class SelfTestRule:
    """The numbers of point 8: when a location is set aside, and when it counts again."""

    bad_references: int = 2
    bad_share: float = 0.15
    share_over_s: float = 120.0
    well_for_s: float = 30.0
    void_before_s: float = 30.0
    ignore_alone_rounds: int = 5
