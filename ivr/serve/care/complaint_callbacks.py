"""Who complained is called back by the hotline itself once he was told the decision (CBA 五十一(五), HB 10.3): a
callback of the complaint desk's queue, within the rules of callbacks. The agent enters how content the customer is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ivr.care.callbacks import Callbacks, Refusal, Wish
from ivr.care.complaints import survey
from ivr.care.complaints.steps import CalledBack
from ivr.errors import StoreError
from ivr.flow.model import Flow
from ivr.records.complaints.model import Case
from ivr.records.store import Store
from ivr.records.work.model import Callback, CallbackState

log = logging.getLogger(__name__)

#: Looked at so often.
LOOK_SECONDS = 20.0
#: After a talk, the agent has so long to say how content the customer is.
ANSWER_MS = 180_000
SATISFIED = 1


class ComplaintCallbacks:
    """`flow` is what is served; `attend` is told of a new promise. Run `keep` as a task. What came of a call is read
    from the book of callbacks and from the records: a node that starts again goes on where it was."""

    def __init__(self, store: Store, flow: Callable[[], Flow], attend: Callable[[], None] = lambda: None) -> None:
        self._store, self._flow, self._attend = store, flow, attend
        self._book = Callbacks(store.work)

    async def keep(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.to_thread(self.look, time.time_ns() // 1_000_000)
            except StoreError as wrong:
                log.warning("call-backs of complaints wait for the database: %s", wrong)

    def look(self, now: int) -> None:
        """Once, at `now` (epoch ms). Raises StoreError."""
        for case in survey.to_call_back(self._store):
            callback = self._store.work.callback(survey.callback_ref(case))
            if callback is None:
                self._promise(case, now)
            elif (how := self._came_of(callback, now)) is not None:
                survey.called_back(self._store, case.id, how, now)
                log.info("complaint %s: called back, reached: %s, content: %s", case.id, how.reached, how.satisfied)

    def _promise(self, case: Case, now: int) -> None:
        """Where it may be: within the hours of callbacks, at a number that is called."""
        flow = self._flow()
        number, queue = case.call_back_number or case.number, flow.complaints.queue
        if queue is None:
            return
        promised = self._book.promise(flow, Wish(survey.callback_ref(case), queue, number, now, 0, 0), now)
        if not isinstance(promised, Refusal):
            self._attend()

    def _came_of(self, callback: Callback, now: int) -> CalledBack | None:
        """What came of it; None while it goes on, or the agent may still say how content the customer is."""
        match callback.state:
            case CallbackState.GIVEN_UP:
                return CalledBack(reached=False)
            case CallbackState.DONE:
                call = None if callback.call_id is None else self._store.get(callback.call_id)
                answers = [] if call is None else [one for one in call.surveys if one.subject == "complaint"]
                score = next((one.score for one in answers if one.answered), None)
                if score is None and now - (callback.t_closed or now) < ANSWER_MS:
                    return None
                return CalledBack(True, None if score is None else score == SATISFIED, callback.call_id)
            case _:
                return None
