"""A caller's request for an agent, as long as it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ivr.dialogue.model import Enqueue, QueueOutcome
from ivr.flow.model import Flow, HandoffReason, Level

#: Waiting on keeps the place: each further visit to the queue raises the priority by one, up to
#: this, so that pressing 1 over and over does not outrun everybody.
MAX_BONUS = 9

#: What the caller is told when the queue gives him back; a failure has nothing to add to the question.
OUTCOME_PROMPTS: Mapping[QueueOutcome, tuple[str, ...]] = {
    QueueOutcome.ASKED: (),
    QueueOutcome.TIMEOUT: ("queue_timeout",),
    QueueOutcome.NO_AGENTS: ("queue_empty",),
    QueueOutcome.FULL: ("queue_full",),
    QueueOutcome.FAILED: (),
    QueueOutcome.PASSED_BACK: (),
    QueueOutcome.AGENT_LOST: (),
}
_FAILURES = (QueueOutcome.FAILED, QueueOutcome.PASSED_BACK, QueueOutcome.AGENT_LOST)
#: Whom the hotline itself cut off goes before everybody in the queue.
FIRST_PRIORITY = 100


@dataclass(frozen=True, slots=True)
class Request:
    """Which queue and why; `waits` counts the times the caller chose to wait on, `failures` the times the queue could
    not be entered, or led to an agent who passed the caller on to nobody or whose telephone was lost, `outcome` is how
    the last visit ended; `notes` are for the agent, and may be personal; `level`: how well he must know the caller;
    `announced`: the caller has been told of the transfer, and whether it is recorded."""

    queue: str
    reason: HandoffReason
    waits: int = 0
    failures: int = 0
    outcome: QueueOutcome | None = None
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)
    level: Level = Level.NONE
    announced: bool = False

    def told(self) -> Request:
        """The caller is told of the transfer."""
        return replace(self, announced=True)

    def again(self) -> Request:
        """The caller waits on."""
        return replace(self, waits=self.waits + 1)

    def ended(self, outcome: QueueOutcome) -> Request:
        """The caller is back from the queue."""
        return replace(self, outcome=outcome, failures=self.failures + (outcome in _FAILURES))

    def enqueue(self, flow: Flow, elderly: bool, *, recorded: bool = True) -> Enqueue:
        """The order to the line; elderly callers have their priority in every queue (CBA 十二). `recorded`: it may
        be recorded."""
        priority = flow.queues[self.queue].priority
        if elderly:
            priority = max(priority, flow.elderly.priority)
        first = self.outcome is QueueOutcome.AGENT_LOST
        bonus = 0 if first else min(self.waits, MAX_BONUS)
        priority = FIRST_PRIORITY if first else priority + bonus
        again = self.outcome is not None
        record = recorded and flow.queues[self.queue].record
        return Enqueue(self.queue, priority, self.reason, self.notes, bonus, again, record, first)


def spoken_if_there(flow: Flow, prompt: str, otherwise: str) -> str:
    """An optional prompt (`OPTIONAL_PROMPTS`), or what is said instead by a flow that has none."""
    return prompt if prompt in flow.prompts else otherwise


def transferring(flow: Flow, request: Request, *, recorded: bool = True) -> tuple[str, ...]:
    """The prompt before the queue; a recorded queue says so before the recording (CBA 十九), where it may be. Whose
    agent was lost has heard it, and is with him again the sooner without."""
    if request.announced and request.outcome is QueueOutcome.AGENT_LOST and "agent_lost" in flow.prompts:
        return ()
    return ("transferring" if recorded and flow.queues[request.queue].record else "transferring_unrecorded",)
