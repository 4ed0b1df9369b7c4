"""`travaux simulate`: replay scenarios, or years of noise, through the detection in use, on a simulated clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import click

from status.cli.context import EXIT_CONFIG, fail
from status.config.errors import ConfigError
from status.config.findings import did_you_mean
from status.config.load import load
from status.replay.batch import Result, replay_all, spread
from status.replay.noise import judged_year, noisy_year
from status.replay.outcome import as_json
from status.replay.reading import read_scenarios
from status.replay.report import Totals, lines_of, noise_bars, year_lines
from status.replay.scenario import DEFAULT_LOCATIONS, Scenario
from status.replay.setting import Setting

NOISE_PHASES: Final = 9
"""Each noisy year is replayed once; the years take turns in so many phases."""


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--only", metavar="ID,…", help="Only these scenarios.")
@click.option("--phases", default=1, show_default=True, type=click.IntRange(min=1), help="How often each is replayed.")
@click.option("--locations", type=click.IntRange(min=1), help="Only the first so many locations.")
@click.option("--interval", type=click.FloatRange(min=1), help="Seconds between looks. Default: 60, one location: 30.")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Write every run to this file.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Take the thresholds of this file.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes. Default: one a core.")
@click.option("--noise", metavar="YEARS", type=click.IntRange(min=1), help="Replay years of seeded noise, no files.")
@click.option("--seed", default=1, show_default=True, help="What the noise is drawn from.")
@click.pass_context
def simulate(
    ctx: click.Context,
    *,
    files: Sequence[Path],
    only: str | None,
    phases: int,
    locations: int | None,
    interval: float | None,
    out: Path | None,
    config: Path | None,
    jobs: int | None,
    noise: int | None,
    seed: int,
) -> None:
    """Replay the scenarios of each FILE and tell which pass.

    What targets and lines do is simulated; agenda, detection and incidents are the ones in use. The thresholds are the
    defaults, or those of --config. Leaves with 0 when all pass, 1 when not, 2 for a file that can't be read.
    """
    if bool(files) is (noise is not None):
        raise click.UsageError("name the files with scenarios, or give --noise YEARS")
    try:
        setting = _setting(config or ctx.find_object(Path), phases, locations, interval)
        scenarios = [scenario for file in files for scenario in read_scenarios(file)]
    except ConfigError as error:
        fail(str(error))
    if noise is not None:
        results, well = _noise(noise, seed, setting, jobs)
    else:
        results, well = _files(_chosen(scenarios, only), setting, jobs)
    if out is not None:
        _write(out, results)
    raise SystemExit(0 if well else 1)


def _files(scenarios: Sequence[Scenario], setting: Setting, jobs: int | None) -> tuple[list[Result], bool]:
    results = []
    group: list[Result] = []
    for result in replay_all(scenarios, setting, jobs):
        results.append(result)
        group.append(result)
        if len(group) == setting.phases:
            _tell(lines_of(group))
            group = []
    totals = Totals.of(results, _interval_load(results, setting))
    _tell(totals.lines())
    return results, totals.passed == totals.scenarios


def _noise(years: int, seed: int, setting: Setting, jobs: int | None) -> tuple[list[Result], bool]:
    locations = DEFAULT_LOCATIONS[: setting.locations]
    setting = Setting(NOISE_PHASES, None, setting.interval_s, setting.rule, setting.self_test)
    tasks = [(noisy_year(seed, year, locations), setting, year % NOISE_PHASES) for year in range(years)]
    results = []
    for result in spread(judged_year, tasks, jobs):
        results.append(result)
        _tell(year_lines([result]))
    totals = Totals.of(results, _interval_load(results, setting))
    told, well = noise_bars(totals, years, len(locations))
    _tell([*totals.noise_lines(), told])
    return results, well


def _setting(config: Path | None, phases: int, locations: int | None, interval: float | None) -> Setting:
    if config is None:
        return Setting(phases, locations, interval)
    from status.monitor.rules import rule_of, self_test_rule

    settings = load(config)
    return Setting(phases, locations, interval, rule_of(settings), self_test_rule(settings))


def _chosen(scenarios: Sequence[Scenario], only: str | None) -> Sequence[Scenario]:
    """Give the scenarios asked for, in the order of the files. Leaves with 2 for one there is not, or there twice."""
    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        fail(f"scenario {twice[0]!r} stands in two of the files; an id stands for one scenario")
    if only is None:
        return scenarios
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if name not in names:
            fail(f"--only: there is no scenario {name!r}{did_you_mean(name, names)}")
    return [scenario for scenario in scenarios if scenario.name in wanted]


def _interval_load(results: Sequence[Result], setting: Setting) -> float:
    """Give the checks a monitor-minute the interval alone makes, on average over the runs."""
    scenarios = [setting.applied_to(result.scenario) for result in results]
    loads = [60 * len(scenario.locations) / setting.interval_of(scenario) for scenario in scenarios]
    return sum(loads) / max(1, len(loads))


def _write(out: Path, results: Iterable[Result]) -> None:
    rows = [as_json(r.run, r.score, tuple(component.name for component in r.scenario.components)) for r in results]
    try:
        out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"--json {out}: {error.strerror}", EXIT_CONFIG)


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
