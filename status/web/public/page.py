"""What every public template may call: words, times, figures, addresses. Thin; the words themselves are `wording`'s."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from markupsafe import Markup, escape

from status.domain.availability import Day, Total
from status.domain.periods import Length, Period
from status.domain.states import AREAS, PublicState
from status.queries.cards import Post
from status.queries.travaux import Sort, Stage
from status.web.language import NAMES, language
from status.web.language import gettext as _
from status.web.public import frame
from status.web.public.bars import bar
from status.web.public.figures import LOCALES, NBSP, per_cent, percent
from status.web.public.lines import is_restored, line_of, sign_of
from status.web.scope import request_scope, settings_of_app
from status.wording import labels
from status.wording.dates import format_date
from status.wording.languages import pick
from status.wording.markdown import long_to_html, to_html, to_plain
from status.wording.sentences import generated_sentence
from status.wording.times import clock_time, date_and_time, duration

REMEMBERED = 4_096
"""So many stamps are kept: a page repeats most of those of the one before."""

LEGEND = (
    PublicState.OPERATIONAL,
    PublicState.DEGRADED,
    PublicState.DOWN,
    PublicState.MAINTENANCE,
    PublicState.UNKNOWN,
)

COUNTED = (PublicState.DOWN, PublicState.DEGRADED, PublicState.MAINTENANCE, PublicState.UNKNOWN)
"""What a table of times counts."""


def install(public: Blueprint) -> None:
    """Give the templates their functions."""

    @public.app_context_processor
    def _context() -> dict[str, object]:
        site = settings_of_app().site
        return {
            "language": language(),
            "language_names": NAMES,
            "site": site,
            "demo": settings_of_app().demo is not None,
            "asset": frame.asset,
            "icon_of": frame.icon,
            "logo": frame.logo,
            "menu": frame.menu,
            "footer": frame.footer,
            "provider_links": frame.provider_links,
            "doors": frame.doors,
            "iso": frame.iso,
            "say_audit": say_audit,
            "here": here,
            "is_of_one_reader": is_of_one_reader,
            "areas": AREAS,
            "words": words,
            "say_state": lambda state: labels.public_state(state, language()),
            "say_impact": lambda impact: labels.impact(impact, language()),
            "say_type": lambda kind: labels.event_type(kind, language()),
            "say_stage": lambda state: labels.event_state(state, language()),
            "say_area": lambda slug: labels.area(slug, language()),
            "say_withdrawn": lambda: labels.withdrawn(language()),
            "say_merged": lambda: labels.merged(language()),
            "clock": clock,
            "since": since,
            "until": until,
            "clock_until": clock_until,
            "from_to": from_to,
            "stamp": stamp,
            "day": day,
            "hour": hour,
            "second": second,
            "lasted": lasted,
            "bar": bar,
            "percent": percent,
            "per_cent": per_cent,
            "line_of": line_of,
            "sign_of": sign_of,
            "is_restored": is_restored,
            "said": said,
            "post_words": post_words,
            "as_public": as_public,
            "long": long,
            "as_plain": to_plain,
            "day_of": day_of,
            "long_day": long_day,
            "weekday": weekday,
            "unwatched": PublicState.UNWATCHED,
            "say_period": say_period,
            "say_length": say_length,
            "month_of": month_of,
            "month_name": month_name,
            "spent": spent,
            "stage_words": stage_words(),
            "sort_words": sort_words(),
            "legend_states": LEGEND,
            "counted_states": COUNTED,
        }


def say_audit() -> str:
    """Say how accessible these pages are, as the French law wants it said on every page."""
    sentences = {
        "not-audited": _("Accessibility: not audited"),
        "none": _("Accessibility: not conforming"),
        "partial": _("Accessibility: partially conforming"),
        "full": _("Accessibility: fully conforming"),
    }
    return sentences[settings_of_app().accessibility.conformity]


def here(in_language: str) -> str:
    """Give this page's address in a language, without host; `/` is the default language's front."""
    first, _, rest = request.path.lstrip("/").partition("/")
    rest = rest if first in settings_of_app().site.languages else ""
    return f"/{in_language}/{rest}" if rest else f"/{in_language}"


def is_of_one_reader() -> bool:
    """Whether this page's address is somebody's own: it is in his language alone, and in no menu."""
    first = request.path.split("/")[1]
    return request.url_rule is not None and first not in {"", *settings_of_app().site.languages}


def words(texts: Mapping[str, str], tag: str = "span") -> Markup:
    """Write a text of the database, marked with its language where that is not the page's."""
    text, written_in = pick(texts, language())
    if written_in == language():
        return escape(text)
    return Markup('<{} lang="{}">{}</{}>').format(Markup(tag), written_in, text, Markup(tag))  # noqa: S704 - our own tag


def said(texts: Mapping[str, str]) -> str:
    """Give the bare words, for titles and labels where no element may stand."""
    return pick(texts, language())[0]


def post_words(post: Post) -> tuple[str, str, str]:
    """Give a post's generated sentence, the author's text (may be empty) and the text's language."""
    text, written_in = pick(post.texts, language())
    sentence = generated_sentence(post.generated, language(), _zone()) if post.generated else ""
    return sentence, text, written_in


def as_public(text: str) -> Markup:
    """Write what a person posted as its readers see it."""
    return Markup(to_html(text))  # noqa: S704 - through the allow-list


def long(texts: Mapping[str, str]) -> Markup:
    """Write a long text of a person as its readers see it, headings and all, marked with its language."""
    text, written_in = pick(texts, language())
    written = Markup(long_to_html(text))  # noqa: S704 - through the allow-list
    attribute = Markup("") if written_in == language() else Markup(' lang="{}"').format(written_in)
    return Markup('<div class="said"{}>{}</div>').format(attribute, written)


def clock(at: datetime) -> Markup:
    """Write a time as seen from the page's moment (`14:32`, `hier 14:32`): only on pages renewed each minute."""
    return _time(at, clock_time(at, request_scope().at, language(), _zone()))


def since(at: datetime) -> Markup:
    """Say since when, as seen from the page's moment: `depuis 14:32`, `depuis le 12 nov. 14:32`."""
    zone = request_scope().zone
    days = (request_scope().at.astimezone(zone).date() - at.astimezone(zone).date()).days
    sentence = _("since %(time)s") if days in (0, 1) else _("since %(date)s")
    return Markup(sentence) % {"time": clock(at), "date": clock(at)}  # noqa: S704 - a sentence of our own catalogue


def stamp(at: datetime) -> Markup:
    """Write a time that stays true on a page that is not renewed: `12 nov. 2026, 14:32`."""
    return _stamped(at, language(), _zone())


def until(at: datetime, began: datetime | None) -> Markup:
    """Write an end beside its beginning: the time alone when both are on one day, else in full."""
    zone = request_scope().zone
    same_day = began is not None and began.astimezone(zone).date() == at.astimezone(zone).date()
    return hour(at) if same_day else stamp(at)


def clock_until(at: datetime, began: datetime) -> Markup:
    """Write an end beside its beginning, as seen from the page's moment: the time alone when both are on one day."""
    zone = request_scope().zone
    return hour(at) if began.astimezone(zone).date() == at.astimezone(zone).date() else clock(at)


def from_to(began: datetime, ended: datetime) -> Markup:
    """Write a span: `Le 12 nov. 2026, de 14:32 à 15:10`, or both days; stays true on a page that is not renewed."""
    zone = request_scope().zone
    if began.astimezone(zone).date() != ended.astimezone(zone).date():
        words_ = Markup(_("From %(start)s to %(end)s"))  # noqa: S704 - a sentence of our own catalogue
        return words_ % {"start": stamp(began), "end": stamp(ended)}
    date = format_date(began.astimezone(zone).date(), "d MMM y", locale=LOCALES[language()]).replace(" ", NBSP)
    words_ = Markup(_("On %(day)s, from %(start)s to %(end)s"))  # noqa: S704 - a sentence of our own catalogue
    return words_ % {"day": date, "start": hour(began), "end": hour(ended)}


def day(at: datetime) -> str:
    """Say a day in full: `dimanche 22 novembre 2026`."""
    return long_day(at.astimezone(request_scope().zone).date())


def hour(at: datetime) -> Markup:
    """Write the time of day alone, below a heading that names the day."""
    return _time(at, f"{at.astimezone(request_scope().zone):%H:%M}")


def second(at: datetime) -> Markup:
    """Write a time to the second, for "verified at"."""
    return _time(at, f"{at.astimezone(request_scope().zone):%H:%M:%S}")


def lasted(began: datetime, ended: datetime | None = None) -> str:
    """Say how long something lasted, or lasts as of the page's moment."""
    return duration(((ended or request_scope().at) - began).total_seconds(), language())


def day_of(on: date) -> str:
    """Say a date shortly: `22 nov. 2026`."""
    return _date(on, "d MMM y", language())


def long_day(on: date) -> str:
    """Say a date in full: `dimanche 22 novembre 2026`."""
    return _date(on, "EEEE d MMMM y", language())


def weekday(on: date) -> str:
    """Say the day of the week: `dimanche`."""
    return _date(on, "EEEE", language())


def month_of(on: Period) -> str:
    """Say a month with its year: `novembre 2026`."""
    return _date(on.first, "LLLL y", language())


def month_name(on: Period) -> str:
    """Say a month within its year: `novembre`."""
    return _date(on.first, "LLLL", language())


def say_period(on: Period) -> str:
    """Say a period: `2026`, `novembre 2026`, `dimanche 22 novembre 2026`."""
    if on.length is Length.YEAR:
        return str(on.first.year)
    return month_of(on) if on.length is Length.MONTH else long_day(on.first)


def say_length(length: Length) -> str:
    """Say how long a period is."""
    return {Length.DAY: _("day"), Length.MONTH: _("month"), Length.YEAR: _("year")}[length]


def spent(on: Day | Total, state: PublicState) -> str:
    """Say how long a time was in a state; a dash when not at all."""
    seconds = on.seconds_of(state)
    return duration(seconds, language()) if seconds else "–"


def stage_words() -> dict[str, str]:
    """Say the filter's stages."""
    return {
        Stage.CURRENT.value: _("in progress"),
        Stage.COMING.value: _("to come"),
        Stage.ENDED.value: _("ended"),
    }


def sort_words() -> dict[str, str]:
    """Say the orders of the list."""
    return {
        Sort.BEGIN.value: _("begun last"),
        Sort.BEGIN_UP.value: _("begun first"),
        Sort.END.value: _("ended last"),
        Sort.END_UP.value: _("ended first"),
        Sort.NUMBER.value: _("highest number"),
        Sort.NUMBER_UP.value: _("lowest number"),
    }


def _zone() -> str:
    return settings_of_app().site.timezone


def _time(at: datetime, text: str) -> Markup:
    return _marked(at, text, language(), _zone())


@lru_cache(REMEMBERED)
def _stamped(at: datetime, spoken: str, zone: str) -> Markup:
    local = at.astimezone(ZoneInfo(zone))
    date = format_date(local.date(), "d MMM y", locale=LOCALES[spoken]).replace(" ", NBSP)
    return _marked(at, f"{date}, {local:%H:%M}", spoken, zone)


def _marked(at: datetime, text: str, spoken: str, zone: str) -> Markup:
    local = at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    title = escape(date_and_time(at, spoken, zone))
    # Said so, as a page names a hundred times: `format` takes five times as long.
    return Markup(f'<time datetime="{local}" title="{title}">{escape(text)}</time>')  # noqa: S704 - all escaped


def _date(on: date, pattern: str, lang: str) -> str:
    return format_date(on, pattern, locale=LOCALES[lang])
