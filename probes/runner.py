"""Runs one check once and always comes back with an Observation: the only try/except around a probe.

measure ─▶ Kind.probe (on the loop) or Kind.blocking (in the kind's own pool) ─▶ Reading: ok, slow
ProbeFailure ─▶ failed · deadline ─▶ failed: timeout · CannotProbe, SecretMissing, a bug of ours ─▶ broken
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from probes.deadline import Deadline
from probes.net import Tools
from probes.pools import Pools
from probes.trace import Trace
from probes.types import (
    MANUAL,
    PENDING_AFTER_S,
    CannotProbe,
    Check,
    Instant,
    Job,
    Kind,
    Observation,
    Order,
    OrderType,
    Outcome,
    Pending,
    ProbeFailure,
    Reading,
    SecretMissing,
)

log = logging.getLogger(__name__)

GRACE_S = 0.1
"""A probe may say itself, this long after its deadline, what it was waiting for. Then it is ended."""
AGAIN_S = 1.0
"""A probe that swallows its end is ended again this much later."""


def make_tools(resolvers: tuple[str, ...] = (), inflight: int = 32) -> Tools:
    """Make what the probes of one process share. They join the loop at their first use.

    `resolvers` are addresses of name servers, none means the system's; at most `inflight` look-ups run per zone.
    Raise ValueError for a resolver that is no address.
    """
    from probes.net.curl import CurlMulti
    from probes.net.resolve import Resolver

    return Tools(resolver=Resolver(resolvers, inflight), curl=CurlMulti())


class Runner:
    """Measures checks on one loop. `pool_size` bounds the threads of each blocking kind."""

    def __init__(self, tools: Tools, kinds: Mapping[str, Kind], pool_size: int, now: Callable[[], Instant]) -> None:
        self._tools = tools
        self._kinds = kinds
        self._pools = Pools(pool_size)
        self._now = now
        self._logged: set[str] = set()

    async def measure(
        self, check: Check, order: Order, sequence: int, due: Instant, on_pending: Callable[[Pending], None]
    ) -> Observation:
        """Run `check` once, at most for its timeout (the order's, when that is shorter), and say what was seen.

        `on_pending` is called once when it still waits after `PENDING_AFTER_S`. Only the cancellation of the task
        itself leaves this function.
        """
        limit_s = check.timeout_s if order.timeout_s is None else min(check.timeout_s, order.timeout_s)
        began = self._now()
        trace = Trace()
        job = Job(check, Deadline.after(limit_s), trace, self._tools)
        standing = order.type is OrderType.STANDING
        end = _End(limit_s, lambda: on_pending(Pending(check.id, order.location, sequence, standing, began)))
        reading, outcome, reason, detail = NOTHING, Outcome.OK, "", ""
        try:
            reading = await self._probe(job)
            end.require()
            if reading.slow_reason is not None:
                outcome, reason, detail = Outcome.SLOW, "slow", reading.slow_reason
        except ProbeFailure as failure:
            outcome, reason, detail = Outcome.FAILED, failure.reason, failure.detail
            reading = Reading(evidence=failure.evidence)
        except CannotProbe as lack:
            outcome, reason, detail = Outcome.BROKEN, lack.reason, lack.detail
        except SecretMissing as missing:
            outcome, reason, detail = Outcome.BROKEN, "secret_missing", str(missing)
        except asyncio.CancelledError:
            if not end.alone():
                raise
            outcome, reason, detail = Outcome.FAILED, "timeout", f"no end after {limit_s:g} s"
        except TimeoutError:
            outcome, reason, detail = Outcome.FAILED, "timeout", f"no end after {limit_s:g} s"
        except Exception as error:  # noqa: BLE001 - a bug of ours must not announce an outage
            outcome, reason, detail = Outcome.BROKEN, "internal_error", f"{type(error).__name__}: {error}"
            self._log_once(check, error)
        finally:
            end.cancel()
        return Observation(
            check_id=check.id,
            location=order.location,
            sequence=sequence,
            order_uid=order.uid,
            standing=standing,
            due=due,
            began=began,
            duration_s=self._now().steady - began.steady,
            outcome=outcome,
            reason=reason,
            detail=detail,
            phases_s=reading.phases_s,
            evidence=reading.evidence,
            trace=() if outcome is Outcome.OK and not order.uid.startswith(MANUAL) else trace.lines(),
            loss=reading.loss,
        )

    def close(self) -> None:
        """End what the probes share. Threads of blocking probes end with their sockets."""
        self._pools.close()
        self._tools.curl.close()
        self._tools.resolver.close()

    async def _probe(self, job: Job) -> Reading:
        kind = self._kinds.get(job.check.kind)
        if kind is None:
            raise CannotProbe("internal_error", f"this prober has no kind {job.check.kind!r}: it runs another version")
        if kind.probe is not None:
            return await kind.probe(job)
        return await self._pools.run(kind, job)

    def _log_once(self, check: Check, error: Exception) -> None:
        """Log a bug with its traceback, the first time this check shows it."""
        key = f"{check.id} {type(error).__name__}"
        if key not in self._logged:
            self._logged.add(key)
            log.error("probe_broken", exc_info=error, extra={"check": check.name, "kind": check.kind})


NOTHING = Reading()


class _End:
    """The end of one run's time: tells that it is pending, then cancels its task. One timer at any moment."""

    __slots__ = ("_came", "_left_s", "_loop", "_pending", "_task", "_timer")

    def __init__(self, limit_s: float, pending: Callable[[], None]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._loop = asyncio.get_running_loop()
        self._pending = pending
        self._came = 0
        self._left_s = limit_s + GRACE_S - PENDING_AFTER_S
        if self._left_s > 0:
            self._timer = self._loop.call_later(PENDING_AFTER_S, self._tell)
        else:
            self._timer = self._loop.call_later(limit_s + GRACE_S, self._end)

    def cancel(self) -> None:
        """Leave the run alone, and take back from its task what this end did to it."""
        self._timer.cancel()
        for _ in range(self._came):
            self._task.uncancel()

    def require(self) -> None:
        """Raise TimeoutError when the time is over: a probe that swallowed its end has not answered in time."""
        if self._came:
            raise TimeoutError

    def alone(self) -> bool:
        """Whether every cancellation of the task was this end's."""
        return self._task.cancelling() == self._came

    def _tell(self) -> None:
        self._timer = self._loop.call_later(self._left_s, self._end)
        self._pending()

    def _end(self) -> None:
        if self._came == 1:
            log.error("probe_ignores_its_end", extra={"task": self._task.get_name()})
        self._came += 1
        self._timer = self._loop.call_later(AGAIN_S, self._end)
        self._task.cancel()
