"""One call without a line: the engine on virtual time. What is said takes as long as a speaker would need."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivr.bank.secret import Secret
from ivr.call.simulated_effects import SimulatedEffects
from ivr.dialogue import secret_keys
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Await,
    Caller,
    Digits,
    EffectEnded,
    End,
    Enqueue,
    Event,
    Failed,
    HungUp,
    Key,
    Listen,
    NoInput,
    QueueEnded,
    QueueOutcome,
    SecretKeys,
    SpeechUnavailable,
    Spoke,
    Turn,
)
from ivr.flow.model import Flow
from ivr.flow.steps.acts import Say
from ivr.nlu import Understanding
from ivr.records.emergency import InForce
from ivr.records.facts import Fact
from ivr.text.numbers import speak
from ivr.text.template import Slot, characters, parse

#: Four characters a second (HB 7.4.2); a key comes half a second into a prompt or a second after the last.
CHARACTER_MS, EARLY_MS, LATE_MS = 250, 500, 1_000

#: How long an agent talks.
TALK_MS = 60_000
#: An agent talked to the caller before the visit to the queue was over.
TALKED = frozenset({QueueOutcome.ANSWERED, QueueOutcome.PASSED_BACK, QueueOutcome.AGENT_LOST})


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
        self,
        flow: Flow,
        at_ms: int,
        caller_number: str | None,
        understanding: Understanding | None = None,
        caller: Caller | None = None,
        emergency: InForce | None = None,
    ) -> None:
        self.flow = flow
        self.now = at_ms
        self.effects = SimulatedEffects()
        self._said = 0
        who = caller or Caller(caller_number)
        self.conversation = Conversation(flow, who, at_ms, understanding, emergency=emergency)
        self.turn: Turn | None = self.conversation.start(at_ms)
        #: The turns since the last move: those that waited for an effect, and the last one.
        self.turns: tuple[Turn, ...] = (self.turn,)
        self.fresh: tuple[Fact, ...] = self.turn.facts
        self.facts: list[Fact] = list(self.fresh)

    @property
    def listening(self) -> bool:
        """A key is awaited."""
        return self.turn is not None and isinstance(self.turn.then, Listen)

    @property
    def expected(self) -> bool:
        """Speech is awaited, too."""
        return self.turn is not None and isinstance(self.turn.then, Listen) and self.turn.then.expected is not None

    @property
    def keys(self) -> int:
        """How many keys make one answer here."""
        return self.turn.then.keys if self.turn is not None and isinstance(self.turn.then, Listen) else 1

    @property
    def secret(self) -> bool:
        """The keys awaited are secret."""
        return self.turn is not None and isinstance(self.turn.then, Listen) and self.turn.then.secret

    @property
    def star(self) -> bool:
        """`*` stands for the X of an ID number at the end of the answer."""
        return self.turn is not None and isinstance(self.turn.then, Listen) and self.turn.then.star

    @property
    def order(self) -> Enqueue | None:
        """Where the caller waits for an agent, if he does."""
        return self.turn.then if self.turn is not None and isinstance(self.turn.then, Enqueue) else None

    @property
    def over(self) -> bool:
        """Nothing more can happen: the caller is gone, or hears the goodbye."""
        return self.turn is None or isinstance(self.turn.then, End)

    def texts(self) -> list[tuple[str, str]]:
        """Prompt id and spoken text since the last move, in order."""
        return [(say.prompt, text_of(self.flow, say, turn.language)) for turn in self.turns for say in turn.say]

    def press(self, key: str, early: bool = False) -> None:
        """Press a key once everything is heard, or `early`, into the first prompt."""
        at, heard = self._moment(early)
        self._on(Key(at, key, heard))

    def press_on(self, keys: str, early: bool = False) -> str:
        """Press the first of `keys`, or as many as make one answer, ended by `#`; gives the keys that are left."""
        if keys[0] in "*#" or (self.keys == 1 and not self.secret):
            self.press(keys[0], early)
            return keys[1:]
        if self.secret:
            return self._press_secret(keys, early)
        answer = re.split(r"[*#]", keys[: self.keys])[0]
        rest = keys[len(answer) :]
        ended = len(answer) < self.keys and rest[:1] in ("*", "#")
        at, heard = self._moment(early)
        self._on(Digits(at, answer, heard))
        return rest[1:] if ended else rest

    def _press_secret(self, keys: str, early: bool) -> str:
        answer, over, rest = "", False, keys
        while rest and not over:
            answer, over = secret_keys.taken(answer, rest[0], self.keys, star=self.star)
            rest = rest[1:]
        at, heard = self._moment(early)
        self._on(SecretKeys(at, Secret(answer), heard))
        return rest

    def say(self, text: str, early: bool = False) -> None:
        """Say something once everything is heard, or `early`, into the first prompt; it is recognised right."""
        at, heard = self._moment(early)
        end = at + characters(text) * CHARACTER_MS
        self._said += 1
        self._on(Spoke(end, heard, text, 1.0, at, end, f"say-{self._said}", barge_in=early))

    def deafen(self) -> None:
        """The caller's speech cannot be recognised any more."""
        self._on(SpeechUnavailable(self.now + EARLY_MS, 0))

    def _moment(self, early: bool) -> tuple[int, int]:
        """When the caller acts, and how many prompts he has heard by then."""
        return (self.now + EARLY_MS, 0) if early else (self.now + self._speech_ms() + LATE_MS, self._prompts)

    def silence(self) -> None:
        """Let the time-out pass."""
        timeout = self.turn.then.timeout_ms if self.turn is not None and isinstance(self.turn.then, Listen) else 0
        self._on(NoInput(self.now + self._speech_ms() + timeout))

    def hang_up(self, early: bool = False) -> None:
        """Hang up once everything is heard, or `early`, in the first prompt."""
        at = self.now + (EARLY_MS if early else self._speech_ms())
        self._on(HungUp(at, 0 if early else self._prompts))

    def leave_queue(self, outcome: QueueOutcome) -> None:
        """Come back from the queue; a time-out lasts as long as the queue waits."""
        wait = self.flow.queues[self.order.queue].wait_ms if self.order is not None else 0
        lasted: Mapping[QueueOutcome, int] = {**dict.fromkeys(TALKED, TALK_MS), QueueOutcome.TIMEOUT: wait}
        self._on(QueueEnded(self.now + self._speech_ms() + lasted.get(outcome, 0), outcome))

    def fail(self) -> None:
        """The line cannot speak what it should."""
        self._on(Failed(self.now))

    def wait(self, ms: int) -> None:
        """Time passes with nothing happening, as if what is said lasted that much longer."""
        self.now += ms

    def _on(self, event: Event) -> None:
        self.now = event.at
        turns: list[Turn] = []
        fresh: list[Fact] = []
        self.conversation.bank_answers(self.effects.bank_answers)
        self.turn = self.conversation.on(event)
        while self.turn is not None:
            turns.append(self.turn)
            fresh += self.turn.facts
            if not isinstance(self.turn.then, Await):
                break
            wait, heard = self.turn.then, len(self.turn.say)
            result = self.effects.carry_out(wait.effect)
            self.turn = self.conversation.on(EffectEnded(self.now, heard, wait.number, result))
        else:
            fresh += self.conversation.closing
        self.turns, self.fresh = tuple(turns), tuple(fresh)
        self.facts += self.fresh

    @property
    def _prompts(self) -> int:
        """How many prompts the last turn has."""
        return 0 if self.turn is None else len(self.turn.say)

    def _speech_ms(self) -> int:
        slow = self.flow.elderly.speed if self.turn is not None and self.turn.variant == "elderly" else 1
        return round(sum(characters(text) for _, text in self.texts()) * CHARACTER_MS / slow)
