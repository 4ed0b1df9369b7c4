"""The numbers of the detection rule, for one check. Defaults are the rule's; settings may change each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Spans in seconds of the steady clock, shares from 0 to 1; `_many_` holds where two or more locations look.

    Windows of point 6 are triples: over how many seconds, from which share of failures on, and at least how many.
    """

    # 2-4: suspicion, confirmation, down
    confirm_offsets_s: tuple[float, ...] = (5.0, 10.0, 16.0, 20.5)
    confirm_offsets_many_s: tuple[float, ...] = (8.0, 15.5)
    confirm_timeout_s: float = 8.0
    down_failures_in_row: int = 2
    down_failures_in_all: int = 4
    down_after_s: float = 20.0
    down_after_many_s: float = 15.0
    suspicion_pace_s: float = 20.0
    suspicion_for_s: float = 300.0
    # 5: up
    up_successes_in_row: int = 2
    up_after_s: float = 20.0
    up_offsets_s: tuple[float, ...] = (10.0, 20.5)
    down_pace_s: float = 15.0
    close_after_s: float = 300.0
    # 6: degraded
    share_windows: tuple[tuple[float, float, int], ...] = ((300.0, 0.25, 4), (900.0, 0.12, 5), (3600.0, 0.05, 9))
    share_failures_each: int = 2
    share_clear_s: float = 600.0
    slow_medians: int = 5
    slow_of_medians: int = 10
    slow_median_s: float = 30.0
    slow_times_usual: float = 3.0
    slow_usual_days: int = 3
    slow_usual_least_s: float = 0.2
    slow_leave_share: float = 0.8
    loss_share: float = 0.03
    loss_over_s: float = 300.0
    loss_series: int = 5
    # 7: local
    local_failures: int = 5
    local_after_s: float = 120.0
    # 9: dependencies and grouping
    group_within_s: float = 180.0
    parent_wait_s: float = 60.0
    child_after_parent_s: float = 60.0
    join_gather_s: float = 60.0
    join_post_every_s: float = 300.0
    silence_alone_s: float = 300.0
    # 10: flapping
    flap_downs: int = 3
    flap_within_s: float = 3600.0
    flap_green_after_s: float = 600.0
    reopen_within_s: float = 900.0
    # 11: planned work
    work_overrun_s: float = 300.0
    # 12: people
    closed_by_person_s: float = 1800.0
    # 14: stale
    stale_intervals: float = 3.0
    # 15: mass failure
    mass_members: int = 3
    # publication policy
    draft_publish_after_s: float = 600.0


@dataclass(frozen=True, slots=True)
class SelfTestRule:
    """The numbers of point 8: when a location is set aside, and when it counts again.

    `silent_after_s`: a location of which nothing was heard for so long is left out.
    """

    bad_references: int = 2
    bad_share: float = 0.15
    share_over_s: float = 120.0
    well_for_s: float = 30.0
    void_before_s: float = 30.0
    ignore_alone_rounds: int = 5
    silent_after_s: float = 60.0
