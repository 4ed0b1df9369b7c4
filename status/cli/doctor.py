"""`travaux doctor`: what would keep travaux from working, each with what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Final

import click

from status.cli.context import runtime_of
from status.runtime import Runtime


class Grade(Enum):
    """How bad a finding is."""

    WELL = "well"
    WARNING = "warning"
    FAULT = "fault"


SIGNS: Final = {Grade.WELL: "✓", Grade.WARNING: "!", Grade.FAULT: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `advice` is empty where nothing is to be done."""

    subject: str
    grade: Grade
    found: str
    advice: str = ""

    def __str__(self) -> str:
        """Give the line a person reads."""
        advice = f"\n    → {self.advice}" if self.advice else ""
        return f"{SIGNS[self.grade]} {self.subject}: {self.found}{advice}"


Examination = Callable[[Runtime], Iterable[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Look for what would keep travaux from working. Exit 0 when nothing is wrong, 1 otherwise."""
    from status.cli.examinations import EXAMINATIONS

    runtime = runtime_of(ctx)
    findings = []
    for finding in _examine(runtime, EXAMINATIONS):
        findings.append(finding)
        if not as_json:
            click.echo(str(finding))
    if as_json:
        click.echo(json.dumps([asdict(one) | {"grade": one.grade.value} for one in findings], ensure_ascii=False))
    sys.exit(1 if any(finding.grade is Grade.FAULT for finding in findings) else 0)


def _examine(runtime: Runtime, examinations: Iterable[Examination]) -> Iterator[Finding]:
    for examination in examinations:
        yield from examination(runtime)
