"""A caller for the engine's tests: presses, waits, comes back from queues, one second at a time."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Caller,
    Digits,
    End,
    Enqueue,
    ExpectedSpeech,
    Failed,
    HungUp,
    Key,
    Listen,
    NoInput,
    QueueEnded,
    QueueOutcome,
    SpeechUnavailable,
    Spoke,
    Turn,
)
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records.emergency import InForce
from ivr.records.facts import CallerSpoke, Fact, HandoffRequested, LeafCompleted, MenuEntered, MenuKey
from tests.flows_for_tests import OPEN, flow


class Talk:
    """`turn` is the last turn, `facts` all facts so far."""

    def __init__(
        self,
        served: Flow | None = None,
        at: int = OPEN,
        number: str | None = None,
        understanding: Understanding | None = None,
        age: int | None = None,
        emergency: InForce | None = None,
    ) -> None:
        caller = Caller(number, age)
        self.conversation = Conversation(served or flow(), caller, at, understanding, emergency=emergency)
        self.at = at
        self._turns = 0
        self.turn = self.conversation.start(at)
        self.facts: list[Fact] = list(self.turn.facts)

    def _then(self, turn: Turn | None) -> Talk:
        assert turn is not None
        self.turn = turn
        self.facts += turn.facts
        return self

    def _later(self) -> int:
        self.at += 1_000
        return self.at

    def press(self, keys: str, heard: int = 0) -> Talk:
        """Press the keys one after the other, each while prompt number `heard` is spoken."""
        for key in keys:
            self._then(self.conversation.on(Key(self._later(), key, heard)))
        return self

    def say(
        self, *texts: str, heard: int = 0, score: float = 0.9, audio: str | None = "sound.wav", others: str = ""
    ) -> Talk:
        """Say one thing after the other, each while prompt number `heard` is spoken. `others`: or as likely it was
        that."""
        for text in texts:
            end = self._later()
            self._turns += 1
            spoke = Spoke(
                end,
                heard,
                text,
                score,
                end - 900,
                end - 300,
                f"t{self._turns}",
                True,
                audio,
                tuple((other, score) for other in others.split()),
            )
            self._then(self.conversation.on(spoke))
        return self

    def press_beside(self, key: str, text: str) -> Talk:
        """Press a key in the moment in which the text of what was said comes."""
        end = self._later()
        said = Spoke(end, 0, text, 0.9, end - 900, end - 300, "beside", True, "beside.wav")
        return self._then(self.conversation.on(Key(end, key, 0, said)))

    def key_in(self, digits: str, heard: int = 0) -> Talk:
        """Press the keys of one answer."""
        return self._then(self.conversation.on(Digits(self._later(), digits, heard)))

    def deafen(self, heard: int = 0) -> Talk:
        """The caller cannot be heard any more."""
        return self._then(self.conversation.on(SpeechUnavailable(self._later(), heard)))

    def silent(self, times: int = 1) -> Talk:
        """Let the time-out pass."""
        for _ in range(times):
            self._then(self.conversation.on(NoInput(self._later())))
        return self

    def back(self, outcome: QueueOutcome, queue: str = "") -> Talk:
        """Come back from the queue, or from another `queue` to which an agent has passed him on."""
        return self._then(self.conversation.on(QueueEnded(self._later(), outcome, queue)))

    def again(self) -> Talk:
        """Asterisk brings the caller again, whom it had to take back."""
        return self._then(self.conversation.again(self._later()))

    def fault(self) -> Talk:
        """The line cannot speak."""
        return self._then(self.conversation.on(Failed(self._later())))

    def hang_up(self, heard: int = 0) -> tuple[Fact, ...]:
        """Hang up; what that adds to the record."""
        assert self.conversation.on(HungUp(self._later(), heard)) is None
        self.facts += self.conversation.closing
        return self.conversation.closing

    @property
    def said(self) -> list[str]:
        """The last turn's prompts."""
        return [say.prompt for say in self.turn.say]

    @property
    def expected(self) -> ExpectedSpeech | None:
        """What the last turn listens for."""
        return self.turn.then.expected if isinstance(self.turn.then, Listen) else None

    @property
    def values(self) -> dict[str, object]:
        """The values that the last turn speaks."""
        return {name: value for say in self.turn.say for name, value in say.values.items()}

    @property
    def notes(self) -> dict[str, str]:
        """What the agent is told."""
        assert isinstance(self.turn.then, Enqueue)
        return dict(self.turn.then.notes)

    def spoken(self) -> list[tuple[str, str | None, str]]:
        """Everything the caller said so far: text, intent, action."""
        return [(fact.asr_text, fact.intent, fact.action) for fact in self.facts if isinstance(fact, CallerSpoke)]

    @property
    def queued(self) -> tuple[str, int, str]:
        """Queue, priority and reason of the last turn."""
        assert isinstance(self.turn.then, Enqueue)
        return self.turn.then.queue, self.turn.then.priority, self.turn.then.reason.value

    @property
    def timeout(self) -> int:
        """How long the last turn listens, ms."""
        assert isinstance(self.turn.then, Listen)
        return self.turn.then.timeout_ms

    @property
    def ended(self) -> bool:
        """Whether the last turn hangs up."""
        return isinstance(self.turn.then, End)

    def visits(self) -> list[tuple[str, int, str | None, str | None]]:
        """Every menu visit so far: menu, level, outcome, key."""
        found: list[tuple[str, int, str | None, str | None]] = []
        for fact in self.facts:
            if isinstance(fact, MenuEntered):
                found.append((fact.menu_id, fact.level, None, None))
            elif isinstance(fact, MenuKey):
                menu, level, outcome, _ = found[-1]
                assert outcome is None, "a visit is left twice"
                found[-1] = (menu, level, fact.outcome, fact.key)
        assert all(outcome is not None for _, _, outcome, _ in found[:-1]), "a visit is never left"
        return found

    def requests(self) -> list[tuple[str, str, bool]]:
        """Every request for an agent so far: reason, queue, refused."""
        return [(f.reason, f.queue, f.refused) for f in self.facts if isinstance(f, HandoffRequested)]

    def completed(self) -> list[str]:
        """The leaves heard to their end so far."""
        return [fact.leaf_id for fact in self.facts if isinstance(fact, LeafCompleted)]


def kinds(facts: Sequence[Fact]) -> list[str]:
    """The facts' names."""
    return [type(fact).__name__ for fact in facts]
