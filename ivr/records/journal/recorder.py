"""The running node's recorder: facts go to the journal as they happen, a finished call is folded and saved to the store
by a thread. Nothing here blocks the event loop or harms a call, whatever disk and database do."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Protocol

from ivr.errors import JournalError, RecordRefused, StoreError
from ivr.records.facts import AppLost, Ended, Fact, Offered, StillUp, WrappedUp
from ivr.records.folding.fold import fold
from ivr.records.journal.journal import Journal
from ivr.records.journal.lines import personal_numbers
from ivr.records.model import Call

log = logging.getLogger(__name__)

#: Calls saved in one transaction.
_BATCH = 200
#: A finished call waits so long for others, which are saved with it; its facts are in the journal.
_GATHER_SECONDS = 0.5


class Saver(Protocol):
    """The part of `Store` that the recorder needs."""

    def save(self, calls: Iterable[Call]) -> int:
        """Keep the calls, all or none; StoreError asks for another attempt."""


class Recorder:
    """Collects the facts of live calls and keeps their records.

    Owns the journal (closes it), not the store. A fact that comes after `finish`, such as the agent's wrap-up, mends
    the record of any of the last `remembered` calls; that of an earlier call goes to what the journal has `left`, and
    `recover` adds it to the record that stands. `waiting` bounds the calls kept in memory while the store is away;
    those beyond it stay in the journal and are saved at the next start.
    """

    def __init__(
        self,
        journal: Journal,
        store: Saver,
        *,
        retry_seconds: float = 1.0,
        remembered: int = 1000,
        waiting: int = 50_000,
    ) -> None:
        self._journal, self._store = journal, store
        #: What the store will never take, set aside.
        self.refused = journal.refused
        self._retry_seconds, self._remembered, self._most = retry_seconds, remembered, waiting
        self._live: dict[str, list[Fact]] = {}
        self._finished: OrderedDict[str, list[Fact]] = OrderedDict()
        self._unsaved: OrderedDict[str, Call] = OrderedDict()
        self._reason: str | None = None
        self._put_off: set[str] = set()
        self._bad = 0
        self._closing = self._stopped = False
        self._draining = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def unsaved(self) -> frozenset[str]:
        """The finished calls whose records are not in the store yet: nobody else need make them."""
        with self._changed:
            return frozenset(self._unsaved) | self._put_off

    @property
    def trouble(self) -> str | None:
        """What the operator should know about journal and store, or None."""
        with self._changed:
            reason, unsaved, put_off, bad = self._reason, len(self._unsaved), len(self._put_off), self._bad
        words = [word for word in [self._journal.trouble] if word]
        if reason is not None:
            words.append(f"通话记录写不进数据库（{reason}），{unsaved} 通暂存，会自动重试")
        if put_off:
            words.append(f"另有 {put_off} 通留在通话日志中，下次启动时入库")
        if refused := self.refused.count:
            words.append(
                f"{refused} 条记录被数据库拒收，已另存到 {self.refused.path}；"
                "改正后用 ivr records import 导入，再删除该文件"
            )
        if bad:
            words.append(f"{bad} 条事实无法记录，详见日志")
        return "；".join(words) or None

    def fact(self, call_id: str, fact: Fact) -> None:
        """Take down what happened. Never raises and never waits."""
        with self._changed:
            if call_id not in self._live and call_id not in self._finished and not self._begins(call_id, fact):
                self._late(call_id, fact)
                return
            if not self._write_down(call_id, fact):
                return
            if (facts := self._finished.get(call_id)) is not None:
                self._mend(call_id, facts, fact)
            else:
                self._live.setdefault(call_id, []).append(fact)

    def finish(self, call_id: str) -> Call | None:
        """The call is over: its record, which the thread now saves. None for a call nobody told a fact about.
        Never raises and never waits; a second time gives the same record."""
        with self._changed:
            if (facts := self._live.pop(call_id, None)) is not None:
                self._remember(call_id, facts)
                return self._hand_over(call_id, facts)
            facts = self._finished.get(call_id)
            return fold(call_id, facts) if facts else None

    def still_up(self, now: int) -> None:
        """Every call in progress was up at `now` (UTC epoch ms): should everything die, their records end no earlier.
        Call it now and then while Asterisk tells what happens."""
        with self._changed:
            for call_id in self._live:
                self._write_down(call_id, StillUp(now))

    def live(self) -> Mapping[str, tuple[Fact, ...]]:
        """The calls in progress and their facts so far."""
        with self._changed:
            return {call_id: tuple(facts) for call_id, facts in self._live.items()}

    def facts(self, call_id: str) -> tuple[Fact, ...]:
        """What is known of one call in progress so far."""
        with self._changed:
            return tuple(self._live.get(call_id, ()))

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until every finished call is in the store and every fact on the disk. False after `timeout` seconds."""
        with self._changed:
            self._draining += 1
            self._changed.notify_all()
            saved = self._changed.wait_for(lambda: not self._unsaved or self._stopped, timeout)
            saved = saved and not self._unsaved
            self._draining -= 1
        return self._journal.flush(timeout) and saved

    def close(self) -> None:
        """Save what can be saved (one last attempt), then close the journal, which keeps the rest for the next start.
        Safe to call twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._journal.close()

    def _begins(self, call_id: str, fact: Fact) -> bool:
        """Whether a call that is not known here begins with `fact`, or outlived the application and goes on. A fact
        that is not the first of its call, and a wrap-up in any case, tells of one that is over."""
        left = self._journal.left_of(call_id)
        over = isinstance(fact, WrappedUp) or not left or any(isinstance(one, Ended) for one in left)
        if over and not isinstance(fact, Offered):
            return False
        self._adopt(call_id)
        return True

    def _late(self, call_id: str, fact: Fact) -> None:
        """The call is over and no longer remembered: its record stands in the store (or, put off, whole in the
        journal), and the fact is to be added to it."""
        self._write_down(call_id, fact, late=call_id not in self._put_off)

    def _adopt(self, call_id: str) -> None:
        """A call that outlived the application goes on: what the earlier run wrote down is part of it."""
        if earlier := self._journal.take_left(call_id):
            self._live[call_id] = list(earlier)
            lost = AppLost(max(fact.t for fact in earlier), "restart")
            if self._write_down(call_id, lost):
                self._live[call_id].append(lost)

    def _write_down(self, call_id: str, fact: Fact, *, late: bool = False) -> bool:
        for name in personal_numbers(fact):
            # what the bank should never have given; the number itself is told to nobody
            log.error("call %s: the bank's %s is a card's or an ID number, it is not recorded", call_id, name)
        try:
            (self._journal.leave if late else self._journal.append)(call_id, fact)
        except (JournalError, TypeError, ValueError):
            # A caller broke the contract of ivr.records.facts; the call itself must not suffer for it.
            self._bad += 1
            log.exception("a fact of type %s cannot be recorded", type(fact).__name__)
            return False
        return True

    def _mend(self, call_id: str, facts: list[Fact], fact: Fact) -> None:
        facts.append(fact)
        # The journal may have forgotten what it held before the call was stored: give it the whole call again.
        for earlier in facts[:-1]:
            self._journal.append(call_id, earlier)
        self._remember(call_id, facts)
        self._hand_over(call_id, facts)

    def _remember(self, call_id: str, facts: list[Fact]) -> None:
        self._finished[call_id] = facts
        self._finished.move_to_end(call_id)
        while len(self._finished) > self._remembered:
            self._finished.popitem(last=False)

    def _hand_over(self, call_id: str, facts: list[Fact]) -> Call:
        call = fold(call_id, facts)
        if call_id in self._unsaved or len(self._unsaved) < self._most:
            self._unsaved[call_id] = call
            self._put_off.discard(call_id)
            self._changed.notify_all()
        else:
            self._put_off.add(call_id)
        return call

    def _run(self) -> None:
        try:
            while batch := self._next():
                last = self._closing
                if not self._save(batch) and last:
                    return
        finally:
            with self._changed:
                self._stopped = True
                if not self._closing:
                    self._reason = "入库线程意外停止"
                self._changed.notify_all()

    def _next(self) -> list[Call]:
        with self._changed:
            if self._reason is not None:
                self._changed.wait_for(lambda: self._closing, self._retry_seconds)
            self._changed.wait_for(lambda: self._unsaved or self._closing)
            self._changed.wait_for(lambda: self._closing or self._draining, _GATHER_SECONDS)
            return list(islice(self._unsaved.values(), _BATCH))

    def _save(self, batch: list[Call]) -> bool:
        try:
            self._store.save(batch)
        except StoreError as wrong:
            # One call the database will never take must not hold the others back.
            if isinstance(wrong, RecordRefused):
                done = [call for call in batch if self._save_alone(call)]
                self._settle(done, None if len(done) == len(batch) else str(wrong))
                return len(done) == len(batch)
            self._settle([], str(wrong))
            return False
        except Exception as wrong:  # whatever it is, the thread goes on and saves the calls that it does not concern
            log.error("the records could not be saved together", exc_info=None if self._reason else wrong)
            done = [call for call in batch if self._save_alone(call)]
            self._settle(done, None if len(done) == len(batch) else type(wrong).__name__)
            return len(done) == len(batch)
        self._settle(batch, None)
        return True

    def _save_alone(self, call: Call) -> bool:
        try:
            self._store.save([call])
        except RecordRefused as wrong:
            return self.refused.keep(call, wrong)
        except StoreError as wrong:
            log.warning("call %s cannot be saved now: %s", call.call_id, wrong)
            return False
        except Exception as wrong:  # noqa: BLE001 - told with its cause in `_save`
            log.warning("call %s cannot be saved now: %s", call.call_id, type(wrong).__name__)
            return False
        return True

    def _settle(self, saved: list[Call], reason: str | None) -> None:
        with self._changed:
            for call in saved:
                # A later fact may have made a newer record meanwhile; that one is still to be saved.
                if self._unsaved.get(call.call_id) is call:
                    del self._unsaved[call.call_id]
                    self._journal.settle(call.call_id)
            if reason is not None and self._reason is None:
                log.error("the store cannot be written: %s", reason)
            self._reason = reason
            self._changed.notify_all()
