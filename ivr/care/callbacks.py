"""The promises to call back: which may be made, when each is kept, and what becomes of those that cannot be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ivr.care import rules
from ivr.flow.model import Flow
from ivr.records.work.model import Callback, CallbackState, WorkItem, WorkKind
from ivr.records.work.store import WorkStore

#: Where nobody could take it (no agent signed in, the queue closed), the place is taken again so much later.
AGAIN_MS = 30_000


class Refusal(StrEnum):
    """Why no callback was promised."""

    #: Nobody knows a number: the caller withheld his, and gave none.
    WITHHELD = "withheld"
    #: The number matches no pattern of those that are called.
    NOT_ALLOWED = "not_allowed"
    #: Nobody is called at this hour, or from this queue.
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Wish:
    """A caller wants to be called back. `number` E.164 or None, `since` when he asked for an agent (epoch ms, D9);
    `priority` and `position` are his place in the queue, see `Callback`. `unproved`: nobody knows whose number it is,
    so there is one open callback to it at most."""

    call_id: str
    queue: str
    number: str | None
    since: int
    priority: int
    position: int
    unproved: bool = False


class Callbacks:
    """The book of them. Every method may be called from any thread and raises StoreError with nothing changed."""

    def __init__(self, store: WorkStore) -> None:
        self._store = store

    def promise(self, flow: Flow, wish: Wish, now: int, *, drill: bool = False) -> Callback | Refusal:
        """Promise it, or say why not. Asked twice in one call, there is one promise. In a `drill` it is not kept."""
        queue = flow.queues.get(wish.queue)
        if flow.callbacks is None or queue is None or not queue.callback:
            return Refusal.HOURS
        if wish.number is None:
            return Refusal.WITHHELD
        if not rules.allowed(flow.callbacks.numbers, wish.number):
            return Refusal.NOT_ALLOWED
        if not rules.may_call(flow, queue, now):
            return Refusal.HOURS
        callback = Callback(
            wish.call_id, queue.id, wish.number, queue.label, wish.priority, wish.position, wish.since, now, now
        )
        return callback if drill else self._store.promise(callback, once_a_number=wish.unproved)

    def open(self) -> tuple[Callback, ...]:
        """Those that are still to be kept, the longest wait first."""
        return self._store.open_callbacks()

    def placed(self, callback: Callback, call_id: str) -> Callback:
        """A call stands for the customer from now on."""
        return self._saved(replace(callback, call_id=call_id))

    def kept(self, callback: Callback, now: int) -> Callback:
        """Agent and customer have talked."""
        return self._saved(replace(callback, state=CallbackState.DONE, tries=callback.tries + 1, t_closed=now))

    def not_taken(self, callback: Callback, now: int) -> Callback:
        """No agent has taken it: that is no try. The place is kept."""
        return self._saved(replace(callback, call_id=None, t_next=now + AGAIN_MS))

    def in_vain(self, flow: Flow, callback: Callback, now: int) -> Callback:
        """The customer did not answer: again after a pause, at the head of the queue; after the last try somebody has
        to see to it."""
        tried, policy = replace(callback, call_id=None, tries=callback.tries + 1, position=1), flow.callbacks
        queue = flow.queues.get(callback.queue)
        if policy is None or queue is None or tried.tries >= policy.tries:
            return self.give_up(flow, tried, now)
        return self._saved(replace(tried, t_next=rules.next_try(flow, queue, now + policy.pause_ms)))

    def give_up(self, flow: Flow, callback: Callback, now: int) -> Callback:
        """It becomes a work item."""
        self._store.add(
            WorkItem(
                ref=f"callback-{callback.parent_call_id}",
                kind=WorkKind.CALLBACK,
                call_id=callback.parent_call_id,
                queue=callback.queue,
                number=callback.number,
                about=callback.about,
                t_received=callback.t_asked,
                t_due=rules.work_due(flow, now),
            )
        )
        return self._saved(replace(callback, state=CallbackState.GIVEN_UP, call_id=None, t_closed=now))

    def _saved(self, callback: Callback) -> Callback:
        self._store.save_callback(callback)
        return callback
