"""Who holds a role: one row each, with a fencing token that rises with every taking.

The holder renews well within the lease's life and checks the fence inside the transaction of every batch; a fence
that no longer holds means another took over: roll back and step down. Callers open the transaction by
`status.models.engine.writing`.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from status.models.lease import Lease

NOBODY = ""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
STATE_FIELD, START_FIELD = 0, 19
"""Places in /proc/PID/stat behind the command's closing parenthesis: fields 3 and 22 of proc(5)."""


def take(session: Session, name: str, holder: str, now: datetime, ttl_s: float) -> int | None:
    """Take the lease `name` until `now` + `ttl_s` seconds; give its new fence, or None while another lives and has it.

    A holder that names a dead process of this very machine and boot is replaced at once.
    """
    _ensure_row(session, name)
    lease = session.scalars(
        sa.select(Lease).where(Lease.name == name).with_for_update().execution_options(populate_existing=True)
    ).one()
    # An end further away than anyone asks for was written by a clock that was wrong then, or is now.
    lasts = now < lease.expires_at <= now + timedelta(seconds=2 * ttl_s)
    if lease.holder not in {NOBODY, holder} and lasts and not is_dead(lease.holder):
        return None
    lease.holder = holder
    lease.fence += 1
    lease.expires_at = now + timedelta(seconds=ttl_s)
    session.flush()
    return lease.fence


def renew(session: Session, name: str, fence: int, now: datetime, ttl_s: float) -> bool:
    """Keep the lease until `now` + `ttl_s` seconds. False means it is lost: step down."""
    return _update(session, name, fence, expires_at=now + timedelta(seconds=ttl_s))


def check(session: Session, name: str, fence: int) -> bool:
    """Tell whether `fence` still holds, and keep it so until the caller's write transaction ends."""
    held = sa.select(Lease.fence).where(Lease.name == name, Lease.holder != NOBODY).with_for_update()
    return session.scalar(held) == fence


def holds(session: Session, name: str, fence: int) -> bool:
    """Tell whether `fence` holds just now, for a reader: nothing is kept so."""
    return session.scalar(sa.select(Lease.fence).where(Lease.name == name, Lease.holder != NOBODY)) == fence


def release(session: Session, name: str, fence: int) -> None:
    """Give the lease back. Does nothing when it is lost already; the row stays, so that fences never repeat."""
    _update(session, name, fence, holder=NOBODY, expires_at=LONG_AGO)


def this_holder() -> str:
    """Name this process among all: `host/pid namespace:boot:pid:start`, start in clock ticks since boot."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_start_ticks(pid)}"


def is_dead(holder: str) -> bool:
    """Tell whether `holder` names a process of this machine and boot that is gone. Doubt is False."""
    machine, _, process = holder.rpartition(":")[0].rpartition(":")
    if machine != _machine() or not process.isdigit():
        return False
    start = _start_ticks(int(process))
    return start != holder.rpartition(":")[2] and not (start is None and _is_hidden(int(process)))


def _machine() -> str:
    # Containers share the boot, and may share the host's name: only within one pid namespace is a pid a process.
    namespace = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{socket.gethostname()}/{namespace}:{boot}"


def _start_ticks(pid: int) -> str | None:
    """Give when a process started, in clock ticks since boot; None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[STATE_FIELD] in {"Z", "X"} else fields[START_FIELD]


def _is_hidden(pid: int) -> bool:
    # With /proc mounted hidepid=2 a living process of another user looks gone.
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return False


def _ensure_row(session: Session, name: str) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Lease).values(name=name, holder=NOBODY, fence=0, expires_at=LONG_AGO)
    session.execute(row.on_conflict_do_nothing(index_elements=[Lease.name]))


def _update(session: Session, name: str, fence: int, **values: datetime | str) -> bool:
    result = session.execute(
        sa.update(Lease)
        .where(Lease.name == name, Lease.fence == fence, Lease.holder != NOBODY)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
