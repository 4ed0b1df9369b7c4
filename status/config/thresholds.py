"""Rules over the numbers of detection: `[detection]`, and each `[check.detection]` over it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import CheckDetection, CheckEntry, Detection

OFFSETS: Final = ("confirm_offsets_s", "confirm_offsets_many_s", "up_offsets_s")


def check_thresholds(detection: Detection | None, checks: Sequence[tuple[int, CheckEntry]], findings: Findings) -> None:
    """Note numbers that contradict one another. `detection` is None when the section is none.

    A check's own numbers are judged together with those that it inherits.
    """
    common = detection or Detection()
    _check_numbers(common, common, ("detection",), findings)
    for index, entry in checks:
        if entry.detection.model_fields_set:
            _check_numbers(entry.detection, common, ("check", index, "detection"), findings)


def _check_numbers(own: Detection | CheckDetection, common: Detection, path: KeyPath, findings: Findings) -> None:
    """Note faults of what `own` itself says; what it inherits from `common` is told where it stands."""
    for key in OFFSETS:
        _check_offsets(getattr(own, key) or (), (*path, key), findings)
    if own.confirm_offsets_many_s is not None and own.confirm_offsets_many_s[0] == 0:
        message = "found 0, expected a number greater than 0: the other locations look at once in any case; remove it"
        findings.add((*path, "confirm_offsets_many_s", 0), message)
    _check_windows(own.share_windows or (), (*path, "share_windows"), findings)
    _check_medians(own, common, path, findings)


def _check_offsets(offsets: Sequence[float], path: KeyPath, findings: Findings) -> None:
    if any(later <= earlier for earlier, later in pairwise(offsets)):
        found = ", ".join(f"{offset:g}" for offset in offsets)
        findings.add(path, f"found {found}, expected each offset greater than the one before")


def _check_windows(windows: Sequence[tuple[float, float, int]], path: KeyPath, findings: Findings) -> None:
    spans = [span for span, _, _ in windows]
    if any(later <= earlier for earlier, later in pairwise(spans)):
        found = ", ".join(f"{span:g}" for span in spans)
        findings.add(path, f"found windows of {found} s, expected each longer than the one before")


def _check_medians(own: Detection | CheckDetection, common: Detection, path: KeyPath, findings: Findings) -> None:
    needed = common.slow_medians if own.slow_medians is None else own.slow_medians
    of = common.slow_of_medians if own.slow_of_medians is None else own.slow_of_medians
    said = own.model_fields_set & {"slow_medians", "slow_of_medians"}
    if needed <= of or not said:
        return
    if "slow_medians" in said:
        findings.add((*path, "slow_medians"), f"found {needed}, expected at most slow_of_medians ({of})")
    else:
        findings.add((*path, "slow_of_medians"), f"found {of}, expected at least slow_medians ({needed})")
