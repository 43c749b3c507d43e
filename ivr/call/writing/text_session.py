"""One conversation in writing, from its beginning to its end: the dialogue's engine with somebody who types. The gates
are those of the telephone, and one more: no secret is asked for or taken in writing, so what needs the bank, and who
wants a person, is told to call."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from secrets import token_hex, token_urlsafe

from ivr.call.clock_steps import wall_ms
from ivr.call.effects import CallContext, Effects, RunningEffects
from ivr.call.served_flow import ServedFlow
from ivr.call.writing import wording, words
from ivr.call.writing.events import Moment
from ivr.call.writing.lines import US, YOU, Busy, Line
from ivr.call.writing.questions import Questions, said_of_it
from ivr.call.writing.typed import LONGEST, LONGEST_STATEMENT, typed
from ivr.call.writing.visitor import Visitor
from ivr.call.writing.wording import Choice
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Await,
    Caller,
    EffectEnded,
    End,
    Enqueue,
    Event,
    HungUp,
    Key,
    Listen,
    QueueEnded,
    QueueOutcome,
    Spoke,
    Turn,
)
from ivr.dialogue.state import Position
from ivr.errors import TextRefused
from ivr.flow.model import HandoffReason
from ivr.flow.steps.acts import Say
from ivr.flow.steps.effects import (
    Done,
    PlayMessage,
    RecordMessage,
    Refused,
    RequestCallback,
    Result,
    Unavailable,
    WriteComplaint,
)
from ivr.nlu import mask
from ivr.records.emergency import InForce
from ivr.records.facts import (
    Answered,
    CallerSpoke,
    Ended,
    Fact,
    FirstPrompt,
    HandoffRequested,
    Offered,
    PromptSpoken,
)
from ivr.records.vocabulary import TEXT, EndCause

log = logging.getLogger(__name__)

#: Messages of one conversation; it is ended politely then.
MOST_MESSAGES = 200
#: Turns that follow from one message before something is wrong with the flow.
_MOST_TURNS = 20


class TextSession:
    """One visitor. `note` takes the facts of the record, `effects` are those that need no line. `token` is what the
    visitor proves with that it is his. One message is understood at a time where they share `understanding`."""

    def __init__(
        self,
        call_id: str,
        service: ServedFlow,
        note: Callable[[Fact], None],
        effects: Effects,
        *,
        visitor: Visitor | None = None,
        understanding: asyncio.Lock | None = None,
        emergency: Callable[[], InForce | None] = lambda: None,
        now: Callable[[], int] = wall_ms,
    ) -> None:
        self.call_id, self.token = call_id, token_urlsafe(18)
        self._visitor, self._understanding = visitor or Visitor(), understanding or asyncio.Lock()
        self.lines: list[Line] = []
        self.choices: tuple[Choice, ...] = ()
        self.everywhere: tuple[Choice, ...] = ()
        self.over = False
        self.questions = Questions()
        self.touched = self.since = now()
        self._service, self._flow, self._note, self._now = service, service.flow, note, now
        test = self._visitor.test
        context = CallContext(call_id, token_hex(4), drill=test, open_page=not test)
        self._effects = RunningEffects(effects, lambda: context)
        self._emergency = emergency
        self._conversation = Conversation(
            self._flow, Caller(None), self.since, service.understanding, bank=False, emergency=self._met(), written=True
        )
        self._turn: Turn | None = None
        self._turn_ids = (f"{call_id}-t{number}" for number in itertools.count(1))
        self._messages = 0
        #: The effect that what is written next is for, in place of a recording; and what was written so last.
        self._asked_to_write: Await | None = None
        self._statement = ""
        self._busy = Busy()

    # ---- what the visitor does

    async def start(self) -> None:
        """The first turn."""
        at = self.since
        offered = Offered(at, self.call_id, "in", "", None, "withheld", self._visitor.test, TEXT)
        for fact in (offered, Answered(at), FirstPrompt(at)):
            self._note(fact)
        async with self._busy:
            await self._go_on(self._conversation.start(at))

    async def say(self, text: object) -> None:
        """The visitor writes something. Raises TextRefused; then nothing has happened."""
        plain = typed(text, self.longest)
        async with self._my_turn():
            if (said := said_of_it(plain)) is not None and self.questions.unrated is not None:
                self.lines.append(Line(YOU, plain))
                self.rate(self.questions.unrated, said)
                self.lines.append(Line(US, words.THANKS if said else words.SORRY))
                return
            if self._asked_to_write is not None:
                await self._message(await self._complaint(self._asked_to_write, plain), mask(plain))
                return
            await self._message(self._moment().written(plain), self._shown(plain))

    async def choose(self, key: object) -> None:
        """The visitor chooses one of `choices` or `everywhere`. Raises TextRefused."""
        async with self._my_turn():
            chosen = next((one for one in (*self.choices, *self.everywhere) if one.key == key), None)
            if chosen is None:
                raise TextRefused("没有这个选项，请重新选择")
            self._asked_to_write = None
            await self._message(self._moment().chosen(chosen), chosen.label)

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        """One message after the other; nobody writes into a conversation that is over."""
        async with self._busy.message():
            if self.over:
                raise TextRefused("这次对话已经结束，请重新开始")
            self.touched = self._now()
            yield

    def rate(self, question: object, resolved: object) -> None:
        """The visitor says whether his question was resolved, also after the conversation. Raises TextRefused."""
        given = self.questions.rated(question, resolved, self._now())
        self.touched = given.t
        self._note(given)

    async def end(self, by: str = "caller", cause: EndCause = EndCause.SAID_ALL, last: str = "") -> None:
        """The conversation is over, and the customer is asked whether his question was resolved, where he has not said
        so yet; a second time nothing happens."""
        async with self._busy:
            if self.over:
                return
            self.lines.append(Line(US, last or wording.text_of(self._flow, Say("goodbye"), self._flow.languages[0])))
            self._close(by, cause)

    # ---- events

    def _moment(self) -> Moment:
        place, keys = self._conversation.place, self._listen().keys
        return Moment(self._now(), self._heard(), next(self._turn_ids), place, self.choices, keys)

    def _listen(self) -> Listen:
        then = self._turn.then if self._turn is not None else None
        return then if isinstance(then, Listen) else Listen(0)

    def _heard(self) -> int:
        return 0 if self._turn is None else len(self._turn.say)

    def _shown(self, text: str) -> str:
        """What the visitor has written, as it is shown to him again."""
        expected = self._listen().expected
        return words.HIDDEN if expected is not None and expected.personal else mask(text)

    async def _message(self, event: Event, shown: str) -> None:
        self._messages += 1
        self.lines.append(Line(YOU, shown))
        if self._messages > MOST_MESSAGES:
            self.lines.append(Line(US, words.TOO_MANY.format(number=self._number)))
            self._close("system", EndCause.SAID_ALL)
            return
        self._conversation.meet(self._met())
        await self._go_on(await self._understood(event))

    async def _understood(self, event: Event) -> Turn | None:
        """What follows from it. Words are understood beside the loop, which serves callers by telephone too, and of
        all conversations one after the other."""
        if not isinstance(event, Spoke):
            return self._conversation.on(event)
        async with self._understanding:
            return await asyncio.to_thread(self._conversation.on, event)

    # ---- turns

    async def _go_on(self, turn: Turn | None) -> None:
        """Show the turn, and those that follow from it without the visitor."""
        for _ in range(_MOST_TURNS):
            if turn is None:
                break
            self._take(turn)
            match turn.then:
                case Await(effect=RecordMessage(complaint=True, instead_of=old)) if not self._may_complain(old):
                    event: Event = self._complain_elsewhere()
                case Await(effect=RecordMessage(complaint=True)) as wait:
                    self._asked_to_write, self.choices = wait, ()
                    self.everywhere = (Choice(self._flow.keys.agent, wording.AGENT),)
                    return
                case Await() as wait:
                    result = await self._carry_out(wait)
                    event = EffectEnded(self._now(), len(turn.say), wait.number, result)
                case Enqueue(reason=reason):
                    self._send_away(reason)
                    event = QueueEnded(self._now(), QueueOutcome.ASKED)
                case Listen(secret=True):
                    self.lines.append(Line(US, words.BY_TELEPHONE.format(number=self._number)))
                    event = Key(self._now(), self._flow.keys.back, len(turn.say))
                case Listen():
                    self._offer(turn)
                    return
                case End():
                    self._close("system", EndCause.SAID_ALL)
                    return
            turn = self._conversation.on(event)
        else:
            log.error("conversation %s: the dialogue goes on without an end", self.call_id)
        self._close("system", EndCause.SAID_ALL)

    def _take(self, turn: Turn) -> None:
        """The turn's facts into the record, its words to the visitor."""
        self._turn = turn
        told = wording.sentences(self._flow, self._conversation, turn)
        refused = False
        for fact in turn.facts:
            if isinstance(fact, CallerSpoke):
                # nobody recognised anything: there is no score of that
                fact = replace(fact, asr_conf=None)
                self.questions.follow(fact)
            refused |= isinstance(fact, HandoffRequested) and fact.refused and fact.reason == HandoffReason.POLICY
            self._note(fact)
        for say in turn.say:
            if say.announced is not None:
                self._note(say.announced.heard(self._now(), True))
        if turn.say and (prompt := self._flow.prompts.get(turn.say[-1].prompt)) is not None:
            self._note(PromptSpoken(self._now(), prompt.id, prompt.kind))
        if refused:
            self.lines.append(Line(US, words.BY_TELEPHONE.format(number=self._number)))
        answers = self._answered(turn)
        for at, text in enumerate(told):
            self.lines.append(Line(US, text, answers if at == 0 else None))

    def _answered(self, turn: Turn) -> str | None:
        """The question that the turn answers: the customer can say from now on whether it did."""
        if self._conversation.place not in (Position.LEAF, Position.ANSWER) or not isinstance(turn.then, Listen):
            return None
        if (asked := self.questions.answered(self._now())) is None:
            return None
        self._note(asked)
        return asked.turn_id

    def _send_away(self, reason: HandoffReason) -> None:
        told = words.BY_TELEPHONE if reason is HandoffReason.POLICY else words.TO_A_PERSON
        self.lines.append(Line(US, told.format(number=self._number, key=self._flow.keys.agent)))

    def _offer(self, turn: Turn) -> None:
        self.choices = wording.choices(self._flow, self._conversation, turn.language)
        self.everywhere = wording.everywhere(self._flow, self._conversation)

    async def _complaint(self, wait: Await, text: str) -> Event:
        """What was written of a complaint is kept, as what is said after the tone."""
        assert isinstance(wait.effect, RecordMessage)
        if not self._visitor.complain(self._now(), again=bool(wait.effect.instead_of)):
            return self._complain_elsewhere()
        self._asked_to_write, self._statement = None, mask(text)
        result = await self._carry_out(replace(wait, effect=WriteComplaint(text, wait.effect.instead_of)))
        return EffectEnded(self._now(), self._heard(), wait.number, result)

    def _may_complain(self, instead_of: str) -> bool:
        return self._visitor.may_complain(self._now(), again=bool(instead_of))

    def _complain_elsewhere(self) -> Event:
        """He is told to call, and goes on as who wants a person."""
        self._asked_to_write = None
        self.lines.append(Line(US, words.COMPLAIN_BY_TELEPHONE.format(number=self._number)))
        return Key(self._now(), self._flow.keys.agent, self._heard())

    async def _carry_out(self, wait: Await) -> Result:
        """The effect's result."""
        if isinstance(wait.effect, PlayMessage):
            self.lines.append(Line(US, self._statement))
            return Done()
        if isinstance(wait.effect, RequestCallback):
            result = await self._visitor.call_back(self._now(), lambda: self._in_time(wait))
            if isinstance(result, Refused):
                self._send_away(HandoffReason.FALLBACK)
            return result
        return await self._in_time(wait)

    async def _in_time(self, wait: Await) -> Result:
        running = self._effects.begin(wait.number, wait.effect)
        done, _ = await asyncio.wait({running}, timeout=wait.deadline_ms / 1000)
        if done:
            return running.result()
        self._effects.drop(wait.number, wait.effect)
        return Unavailable("no answer in time")

    def _close(self, by: str, cause: EndCause) -> None:
        now = self._now()
        if self._conversation.on(HungUp(now, self._heard())) is None:
            for fact in self._conversation.closing:
                self._note(fact)
        self.over, self.choices, self.everywhere = True, (), ()
        if self.questions.unrated is not None:
            self.lines.append(Line(US, words.RESOLVED, self.questions.unrated))
        self._note(Ended(now, by, cause))

    def _met(self) -> InForce | None:
        return self._flow.emergency.met(self._emergency(), None, None)

    @property
    def takes_words(self) -> bool:
        """Whether words are taken now, not only a choice."""
        written = self._asked_to_write is not None
        return not self.over and (written or wording.takes_words(self._conversation))

    @property
    def longest(self) -> int:
        """Characters that may be written now."""
        return LONGEST if self._asked_to_write is None else LONGEST_STATEMENT

    @property
    def _number(self) -> str:
        return self._flow.numbers[0]
