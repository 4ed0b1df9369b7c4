"""What carries between an agent's loop and the server, in three threads, so that no line ever holds up a probe.

put ─▶ journal: ≤ 250 ms (quiet ≤ 1 s) ─▶ Buffer on disk ─▶ sender: oldest first ─▶ POST observations
take ◀─ poller: GET orders, held by the server until there is one
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from pydantic import ValidationError

from probes.agent_buffer import Buffer, Kept
from probes.agent_line import BatchRefused, Line, LineDown, TokenRefused
from probes.agent_messages import Item, Moment, Orders, Post, Record
from probes.types import Instant

log = logging.getLogger(__name__)

GATHER_S: Final = 0.1
"""What comes together goes together."""

QUIET_S: Final = 0.8
CUT_GATHER_S: Final = 2.0
"""While the line is cut nothing is urgent: records become fewer and larger, so that the replay is short."""

RECORDS: Final = 500
"""Records that one batch is made of, at most."""

RETRY_S: Final = (0.5, 1.0, 2.0, 3.0)
"""Waits after failures in a row; the last one goes on."""

TOKEN_RETRY_S: Final = 10.0
FLUSH_S: Final = 3.0


class Carrier:
    """The threads. `take` is called in the poller's."""

    def __init__(
        self,
        location: str,
        buffer: Buffer,
        connect: Callable[[], Line],
        now: Callable[[], Instant],
        take: Callable[[Orders], None],
    ) -> None:
        self._location = location
        self._buffer = buffer
        self._connect = connect
        self._now = now
        self._take = take
        self._stopping = threading.Event()
        self._gathered = threading.Condition()
        self._items: list[Item] = []
        self._first_at = 0.0
        self._urgent = False
        self._cut = False
        self._refused = False
        self._batch_items = 500
        self._threads = [
            threading.Thread(target=run, name=f"agent-{run.__name__.strip('_')}", daemon=True)
            for run in (self._journal, self._send, self._poll)
        ]

    @property
    def lives(self) -> bool:
        """Whether every thread goes on; one that ended by itself was ended by a bug."""
        return all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def put(self, item: Item, *, urgent: bool) -> None:
        """Take an item over; never waits for a disk or a line."""
        with self._gathered:
            if not self._items:
                self._first_at = time.monotonic()
            self._items.append(item)
            self._urgent |= urgent
            self._gathered.notify()

    def stop(self) -> None:
        """Write everything to disk, deliver what can be delivered within `FLUSH_S`, and end."""
        self._stopping.set()
        with self._gathered:
            self._gathered.notify()
        journal, sender, _ = self._threads
        journal.join(FLUSH_S)
        sender.join(FLUSH_S)
        self._buffer.close()

    # -- journal --------------------------------------------------------------------------------------------------

    def _journal(self) -> None:
        while not (self._stopping.is_set() and not self._items):
            items = self._gather()
            for start in range(0, len(items), self._batch_items):
                record = Record(items=tuple(items[start : start + self._batch_items]))
                self._buffer.append(record.model_dump_json().encode(), durable=self._cut)

    def _gather(self) -> list[Item]:
        with self._gathered:
            while not self._stopping.is_set():
                limit = CUT_GATHER_S if self._cut else GATHER_S if self._urgent else QUIET_S
                left = self._first_at + limit - time.monotonic() if self._items else None
                if left is not None and left <= 0:
                    break
                self._gathered.wait(left)
            items, self._items, self._urgent = self._items, [], False
            return items

    # -- sender ---------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        line, failures, ends = self._connect(), 0, None
        while True:
            if self._stopping.is_set():
                ends = ends or time.monotonic() + FLUSH_S
                if time.monotonic() > ends or (not len(self._buffer) and not self._threads[0].is_alive()):
                    return
            batch = self._buffer.oldest(RECORDS, wait_s=0.5)
            if not batch:
                continue
            try:
                self._deliver_records(line, batch)
                failures = 0
            except LineDown as error:
                failures += 1
                self._lost(error)
                wait_s = TOKEN_RETRY_S if isinstance(error, TokenRefused) else _backoff(failures)
                if self._stopping.wait(wait_s) and failures > 1:
                    return

    def _deliver_records(self, line: Line, records: list[Kept]) -> None:
        items: list[Item] = []
        last = records[0]
        for record in records:
            more = _items_of(record)
            if items and len(items) + len(more) > self._batch_items:
                break
            items.extend(more)
            last = record
        if items:
            self._deliver(line, last, items)
        self._buffer.drop(last)
        if self._cut:
            self._cut = self._refused = False
            log.info("server_back", extra={"records_waiting": len(self._buffer)})

    def _deliver(self, line: Line, last: Kept, items: list[Item]) -> None:
        """Deliver items; what the server will never take is found by halving, said, and left out."""
        now = self._now()
        sent = now if last.boot == self._buffer.boot else last.made.plus(max(0.0, now.wall - last.made.wall))
        try:
            line.post(
                Post(
                    location=self._location,
                    boot=last.boot,
                    sent=Moment(steady=sent.steady, wall=sent.wall),
                    items=tuple(items),
                )
            )
        except BatchRefused as refusal:
            if len(items) == 1:
                log.error("agent_item_refused", extra={"item": items[0].type, "reason": str(refusal)})  # noqa: TRY400
                return
            middle = len(items) // 2
            self._deliver(line, last, items[:middle])
            self._deliver(line, last, items[middle:])

    def _lost(self, error: LineDown) -> None:
        if isinstance(error, TokenRefused) and not self._refused:
            log.error("agent_refused", extra={"location": self._location, "reason": str(error)})
            self._refused = True
        elif not self._cut:
            log.warning("server_lost", extra={"reason": str(error)})
        self._cut = True

    # -- poller ---------------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        line, digest, cursor, failures = self._connect(), "", 0, 0
        while not self._stopping.is_set():
            try:
                orders = line.orders(digest, cursor)
            except LineDown as error:
                failures += 1
                if failures == 1:
                    log.warning("orders_not_fetched", extra={"reason": str(error)})
                wait_s = TOKEN_RETRY_S if isinstance(error, TokenRefused) else _backoff(failures)
            else:
                failures, digest, cursor, wait_s = 0, orders.digest, orders.cursor, orders.retry_s
                self._batch_items = orders.batch_items
                self._take(orders)
            self._stopping.wait(wait_s)


def _items_of(record: Kept) -> tuple[Item, ...]:
    """Read a record; one of another release that can't be read is said and left out."""
    try:
        return Record.model_validate_json(record.data).items
    except ValidationError as error:
        log.error("agent_record_unreadable", extra={"error": str(error.errors()[:1])})  # noqa: TRY400 - said in full
        return ()


def _backoff(failures: int) -> float:
    return RETRY_S[min(failures, len(RETRY_S)) - 1]
