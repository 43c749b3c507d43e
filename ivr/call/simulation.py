"""One call without a line: the engine on virtual time. What is said takes as long as a speaker would need."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Caller,
    Digits,
    End,
    Enqueue,
    Event,
    Failed,
    HearingLost,
    HungUp,
    Key,
    Listen,
    NoInput,
    QueueEnded,
    QueueOutcome,
    Say,
    Spoke,
    Turn,
)
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records.facts import Fact
from ivr.text.numbers import speak
from ivr.text.template import Slot, characters, parse

#: Four characters a second (HB 7.4.2); a key comes half a second into a prompt or a second after the last.
CHARACTER_MS, EARLY_MS, LATE_MS = 250, 500, 1_000

#: How long an agent talks.
TALK_MS = 60_000


def text_of(flow: Flow, say: Say, language: str) -> str:
    """What the caller hears, placeholders filled; a value that only a real call has is named 〔so〕."""
    texts = flow.prompts[say.prompt].texts
    text = texts.get(language) or next(iter(texts.values()), "")
    return "".join(
        (speak(part.kind, say.values[part.name]) if part.name in say.values else f"〔{part.name}〕")
        if isinstance(part, Slot)
        else part.text
        for part in parse(text)
    )


class Simulation:
    """`now` is the virtual time, UTC epoch ms; `turn` is what the caller hears now, None after the
    call; `facts` are all so far, `fresh` those of the last move. Without `understanding` only keys count."""

    def __init__(
        self, flow: Flow, at_ms: int, caller_number: str | None, understanding: Understanding | None = None
    ) -> None:
        self.flow = flow
        self.now = at_ms
        self._said = 0
        self.conversation = Conversation(flow, Caller(caller_number), at_ms, understanding)
        self.turn: Turn | None = self.conversation.start(at_ms)
        self.fresh: tuple[Fact, ...] = self.turn.facts
        self.facts: list[Fact] = list(self.fresh)

    @property
    def listening(self) -> bool:
        """A key is awaited."""
        return self.turn is not None and isinstance(self.turn.then, Listen)

    @property
    def hearing(self) -> bool:
        """Speech is awaited, too."""
        return self.turn is not None and isinstance(self.turn.then, Listen) and self.turn.then.hearing is not None

    @property
    def keys(self) -> int:
        """How many keys make one answer here."""
        return self.turn.then.keys if self.turn is not None and isinstance(self.turn.then, Listen) else 1

    @property
    def order(self) -> Enqueue | None:
        """Where the caller waits for an agent, if he does."""
        return self.turn.then if self.turn is not None and isinstance(self.turn.then, Enqueue) else None

    @property
    def over(self) -> bool:
        """Nothing more can happen: the caller is gone, or hears the goodbye."""
        return self.turn is None or isinstance(self.turn.then, End)

    def texts(self) -> list[tuple[str, str]]:
        """Prompt id and spoken text of the turn, in order."""
        if self.turn is None:
            return []
        return [(say.prompt, text_of(self.flow, say, self.turn.language)) for say in self.turn.say]

    def press(self, key: str, early: bool = False) -> None:
        """Press a key once everything is heard, or `early`, into the first prompt."""
        at, heard = self._moment(early)
        self._on(Key(at, key, heard))

    def press_on(self, keys: str, early: bool = False) -> str:
        """Press the first of `keys`, or as many as make one answer, ended by `#`; gives the keys that are left."""
        if self.keys == 1 or keys[0] in "*#":
            self.press(keys[0], early)
            return keys[1:]
        answer = re.split(r"[*#]", keys[: self.keys])[0]
        rest = keys[len(answer) :]
        ended = len(answer) < self.keys and rest[:1] in ("*", "#")
        at, heard = self._moment(early)
        self._on(Digits(at, answer, heard))
        return rest[1:] if ended else rest

    def say(self, text: str, early: bool = False) -> None:
        """Say something once everything is heard, or `early`, into the first prompt; it is recognised right."""
        at, heard = self._moment(early)
        end = at + characters(text) * CHARACTER_MS
        self._said += 1
        self._on(Spoke(end, heard, text, 1.0, at, end, f"say-{self._said}", barge_in=early))

    def deafen(self) -> None:
        """The caller's speech cannot be recognised any more."""
        self._on(HearingLost(self.now + EARLY_MS, 0))

    def _moment(self, early: bool) -> tuple[int, int]:
        """When the caller acts, and how many prompts he has heard by then."""
        return (self.now + EARLY_MS, 0) if early else (self.now + self._speech_ms() + LATE_MS, len(self.texts()))

    def silence(self) -> None:
        """Let the time-out pass."""
        timeout = self.turn.then.timeout_ms if self.turn is not None and isinstance(self.turn.then, Listen) else 0
        self._on(NoInput(self.now + self._speech_ms() + timeout))

    def hang_up(self, early: bool = False) -> None:
        """Hang up once everything is heard, or `early`, in the first prompt."""
        at = self.now + (EARLY_MS if early else self._speech_ms())
        self._on(HungUp(at, 0 if early else len(self.texts())))

    def leave_queue(self, outcome: QueueOutcome) -> None:
        """Come back from the queue; a time-out lasts as long as the queue waits."""
        wait = self.flow.queues[self.order.queue].wait_ms if self.order is not None else 0
        lasted: Mapping[QueueOutcome, int] = {QueueOutcome.ANSWERED: TALK_MS, QueueOutcome.TIMEOUT: wait}
        self._on(QueueEnded(self.now + self._speech_ms() + lasted.get(outcome, 0), outcome))

    def fail(self) -> None:
        """The line cannot speak what it should."""
        self._on(Failed(self.now))

    def wait(self, ms: int) -> None:
        """Time passes with nothing happening, as if what is said lasted that much longer."""
        self.now += ms

    def _on(self, event: Event) -> None:
        self.now = event.at
        self.turn = self.conversation.on(event)
        self.fresh = self.turn.facts if self.turn is not None else self.conversation.closing
        self.facts += self.fresh

    def _speech_ms(self) -> int:
        slow = self.flow.elderly.speed if self.turn is not None and self.turn.variant == "elderly" else 1
        return round(sum(characters(text) for _, text in self.texts()) * CHARACTER_MS / slow)
