"""What a waiting caller may have instead: to be called back without losing the place, or to leave a message (CBA 十四).
Each is a leaf of one step that no flow writes, and that leads back to the question where it comes to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ivr.dialogue.arrival import serving
from ivr.flow import hours
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    QUEUE_OFFER_WAIT,
    Flow,
    Leaf,
    LeafKind,
    Level,
)
from ivr.flow.prompts.waiting import OFFER_CALLBACK, OFFER_MESSAGE
from ivr.flow.steps.callback import arrange
from ivr.flow.steps.message import leave_message
from ivr.flow.steps.step import Run, Step, StepCall

#: The ids of the two leaves, by the key of the queue's question; no flow can write such a name.
LEAVES = {OFFER_CALLBACK: "(callback)", OFFER_MESSAGE: "(message)"}
#: What is said after the question, by the key.
OPTIONS = {OFFER_CALLBACK: "callback_option", OFFER_MESSAGE: "message_option"}


def offered(flow: Flow, queue: str, at: int) -> tuple[str, ...]:
    """The keys of the queue's question, in the order in which they are spoken."""
    keys = [QUEUE_OFFER_WAIT, QUEUE_OFFER_MENU, QUEUE_OFFER_LEAVE]
    wanted = flow.queues[queue]
    if wanted.callback and calls_back(flow, queue, at):
        keys.append(OFFER_CALLBACK)
    if wanted.message:
        keys.append(OFFER_MESSAGE)
    return tuple(keys)


def leaf(flow: Flow, queue: str, key: str, since: int) -> Leaf:
    """The leaf of a key. The wait of who is called back counts from `since` (D9)."""
    step = CallbackInstead(queue, since) if key == OFFER_CALLBACK else MessageInstead(flow.queues[queue].label)
    return Leaf(LEAVES[key], "", LeafKind.CONSULT, Level.NONE, (step,), queue, (), 0, goodbye=True)


def is_instead(one: Leaf) -> bool:
    """Whether it is one of the two."""
    return one.id in LEAVES.values()


@dataclass(frozen=True, slots=True)
class CallbackInstead(Step):
    """A callback by the queue that the caller waits in."""

    queue: str
    since: int

    kind: ClassVar[str] = "callback"

    def run(self, call: StepCall) -> Run:
        """Arrange it."""
        return (yield from arrange(call, self.queue, self.since))


@dataclass(frozen=True, slots=True)
class MessageInstead(Step):
    """A message about what the queue is for."""

    about: str

    kind: ClassVar[str] = "message"

    def run(self, call: StepCall) -> Run:
        """Have it recorded and kept."""
        return (yield from leave_message(call, self.about))


def calls_back(flow: Flow, queue: str, at: int) -> bool:
    """Whether the queue's agents call back now: they are on duty, and callbacks are made at this hour."""
    policy = flow.callbacks
    if policy is None or not serving(flow, queue, at):
        return False
    return hours.is_open(flow.calendars[policy.hours] if policy.hours else None, at, flow.timezone)
