"""How supervision itself is: the processes' life signs and leases, what waits for them, what became of config.toml."""

from __future__ import annotations

from flask import Blueprint

from status.domain.permissions import Deed
from status.models.engine import reading
from status.queries.desk_supervision import is_late, supervised
from status.queries.holds import held_at
from status.services.life_signs import read_life_signs
from status.services.reloading import last_config
from status.web.desk import watching
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.page import page


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("/supervision", "supervision", show)


@allowed(Deed.READ)
def show() -> str:
    """Show whether the watcher itself is well."""
    runtime, now = runtime_of_app(), present()
    with reading(runtime.sessions) as session:
        return page(
            "desk/supervision.html", found=supervised(session), signs=read_life_signs(session),
            config=last_config(session), holds=held_at(session, now), now=now,
            late=lambda at: is_late(at, now), references=len(runtime.settings.self_test.reference),
            **watching.context(),
        )  # fmt: skip
