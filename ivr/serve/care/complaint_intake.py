"""Complaints on the line become cases (CBA 四十九, 五十一(一)): when the caller has told everything, or when his call
is over, whichever is first; one that cannot be filed now is filed when the database is back."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ivr.call.clock_steps import wall_ms
from ivr.call.effects import CallContext, Handler
from ivr.care.complaints import intake, progress
from ivr.errors import RecordsError
from ivr.flow.model import Flow
from ivr.flow.steps.complaint_progress import PROVE
from ivr.flow.steps.effects import (
    ComplaintProgress,
    Done,
    FileComplaint,
    FiledComplaint,
    FindComplaint,
    NoteComplaint,
    Recorded,
    RecordMessage,
    Refused,
    Result,
    Unavailable,
    WriteComplaint,
)
from ivr.nlu import mask
from ivr.rate_limit import RateLimit
from ivr.records import numbers
from ivr.records.audit.model import SYSTEM
from ivr.records.complaints.model import Case
from ivr.records.facts import DrillJoined, Fact, Offered
from ivr.records.store import Store
from ivr.serve.care.complaint_drafts import FOLDER, ComplaintDrafts, Draft, taken_down
from ivr.serve.care.message_files import MessageFiles
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: Drafts of calls that are over are looked for so often.
LOOK_SECONDS = 1.0
#: So often may the digits that prove whose a complaint is be wrong within a day, by telephone and in writing together.
WRONG_PROOFS, DAY_SECONDS = 5, 86_400


class ComplaintIntake:
    """`flow` is what new calls are served with. `follow` calls, and run `keep` as a task."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        flow: Callable[[], Flow],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._flow, self._clock = store, flow, clock
        self._wrong = RateLimit(WRONG_PROOFS, DAY_SECONDS)
        self._drafts = ComplaintDrafts(settings.state / FOLDER)
        self.files = MessageFiles(settings, settings.complaints)
        self._live: Callable[[], Collection[str]] = frozenset
        self._facts: Callable[[str], Sequence[Fact]] = lambda _: ()
        self._trouble = ""
        #: That a caller was promised his number is noted while the complaint is filed after all.
        self._settling = threading.Lock()

    def follow(self, live: Callable[[], Collection[str]], facts: Callable[[str], Sequence[Fact]]) -> None:
        """`live` are the calls in progress, `facts` what is known of one; of those that are over their records tell."""
        self._live, self._facts = live, facts

    @property
    def handlers(self) -> Mapping[type[Any], Handler]:
        """Who carries out which effect."""
        return {NoteComplaint: self.note, FileComplaint: self.file, FindComplaint: self.find}

    def has(self, ref: str) -> bool:
        """Whether a recording is that of a complaint which is no case yet."""
        return self._drafts.read(ref) is not None

    # ---- while the caller tells it

    async def record(self, effect: RecordMessage, context: CallContext, ref: str) -> Result:
        """Have the caller speak. Who hangs up while he does has complained too: `keep` sees to it."""
        assert context.agi is not None
        number, drill = context.caller_number, context.drill
        draft = Draft(ref, context.call_id, number, instead_of=effect.instead_of, at=wall_ms(), drill=drill)
        await asyncio.to_thread(self._drafts.write, draft)
        ms = await self.files.record(context.agi, ref, effect.max_ms)
        if not ms:
            await asyncio.to_thread(self._drafts.drop, ref)
            return Done(Recorded("", 0))
        await asyncio.to_thread(self._drafts.write, replace(draft, ms=ms))
        await asyncio.to_thread(self.drop, effect.instead_of)
        return Done(Recorded(ref, ms))

    async def write(self, effect: WriteComplaint, context: CallContext, ref: str) -> Result:
        """Keep what somebody who has no line writes of it, without the numbers in it (CBA 十三)."""
        text, drill = mask(effect.text), context.drill
        draft = Draft(ref, context.call_id, instead_of=effect.instead_of, text=text, at=wall_ms(), drill=drill)
        await asyncio.to_thread(self._drafts.write, draft)
        await asyncio.to_thread(self.drop, effect.instead_of)
        return Done(Recorded(ref, 0))

    def drop(self, ref: str) -> None:
        """The caller does not want this recording."""
        if ref:
            self._drafts.drop(ref)
            self.files.drop(ref)

    async def note(self, effect: NoteComplaint, context: CallContext) -> Result:
        """What is known so far."""
        if effect.later:
            return await asyncio.to_thread(self._promised, effect.ref, context)
        return Done() if await self._more(effect.ref, effect.number) is not None else Unavailable("no such recording")

    async def file(self, effect: FileComplaint, context: CallContext) -> Result:
        """It becomes a case; in a drill it is only told how it would be one."""
        draft = await self._more(effect.ref, effect.number, effect.kind)
        if draft is None:
            return Unavailable("no such recording")
        try:
            case = await asyncio.to_thread(self._try if draft.drill else self._receive, draft)
        except RecordsError as wrong:
            log.error("call %s: a complaint is filed later: %s", context.call_id, wrong)
            return Unavailable(str(wrong))
        zone = self._flow().timezone
        return Done(FiledComplaint(case.id, progress.day(case.ack_due, zone), progress.day(case.due, zone)))

    async def find(self, effect: FindComplaint, context: CallContext) -> Result:
        """How far it has come, told to who complained."""
        cases = await asyncio.to_thread(progress.find, self._store, effect.reference)
        if not cases:
            return Refused("unknown")
        case, zone = cases[-1], self._flow().timezone
        if not progress.may_hear(cases, context.caller_number) and not self._proved(cases, effect.last4):
            return Refused(PROVE)
        dates = progress.day(case.ack_due, zone), progress.day(case.effective_due, zone)
        return Done(ComplaintProgress(progress.told(case, wall_ms()), *dates))

    def _proved(self, cases: Sequence[Case], last4: str | None) -> bool:
        """Whether these four digits prove who complained; after so many wrong ones, none do for a day."""
        case, now = cases[-1], self._clock()
        if last4 is None or not self._wrong.allows(case.id, now):
            return False
        if right := progress.may_hear(cases, None, last4):
            return right
        self._wrong.note(case.id, now)
        if not self._wrong.allows(case.id, now):
            log.warning("complaint %s: the digits that prove whose it is were wrong too often today", case.id)
        return False

    async def _more(self, ref: str, number: str | None, kind: str | None = None) -> Draft | None:
        """The draft with what the caller has told since."""
        draft = await asyncio.to_thread(self._drafts.read, ref)
        if draft is None:
            return None
        back = draft.call_back_number if number is None else numbers.e164(number)
        draft = replace(draft, call_back_number=back, kind=kind or draft.kind)
        await asyncio.to_thread(self._drafts.write, draft)
        return draft

    def _promised(self, ref: str, context: CallContext) -> Result:
        """Somebody calls to tell the reference number: once there is one, or now where it came too late to be said."""
        with self._settling:
            draft = self._drafts.read(ref)
            if draft is not None:
                self._drafts.write(replace(draft, later=True))
                return Done()
        try:
            case = self._store.complaints.by_ref(ref)
            if case is None:
                return Unavailable("no such recording")
            intake.tell_reference(self._store, self._flow(), case, wall_ms())
        except RecordsError as wrong:
            log.error("call %s: nobody is asked to tell the number of a complaint: %s", context.call_id, wrong)
            return Unavailable(str(wrong))
        return Done()

    # ---- from agents

    async def taken_down(self, call_id: str, agent: str, kind: str | None = None) -> str:
        """What an agent took down in a call is a case, once: its reference number (in a drill one that no case has).
        Raises StoreError: then it is filed later."""
        facts = self._facts(call_id)
        offered = next((fact for fact in facts if isinstance(fact, Offered)), None)
        number = None if offered is None else numbers.shown(offered.caller_number, offered.caller_kind)
        draft = taken_down(call_id, agent, number, kind, wall_ms())
        if (offered is not None and offered.drill) or any(isinstance(one, DrillJoined) for one in facts):
            return (await asyncio.to_thread(self._try, draft)).id
        await asyncio.to_thread(self._drafts.write, draft)
        return (await asyncio.to_thread(self._receive, draft)).id

    # ---- when the call is over

    async def keep(self) -> None:
        """File what calls that are over have left, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once."""
        live = frozenset(self._live())
        try:
            await asyncio.to_thread(self._file_left, live)
        except (RecordsError, OSError) as wrong:
            if str(wrong) != self._trouble:
                log.error("complaints wait to be filed: %s", wrong)
            self._trouble = str(wrong)
        else:
            self._trouble = ""

    def _file_left(self, live: Collection[str]) -> None:
        """One that cannot be filed keeps no other from it. Raises what was wrong with the last that could not."""
        left: list[Draft] = []
        waiting: set[str] = set()  # nobody knows yet whether another takes their place
        wrong: RecordsError | OSError | None = None
        for ref in self._drafts.refs():
            draft = None
            try:
                draft = self._drafts.read(ref)
                if draft is not None and (draft.call_id not in live or draft.agent):
                    left.append(self._measured(draft))
            except (RecordsError, OSError) as trouble:
                wrong = trouble
                if draft is not None:
                    waiting.add(draft.instead_of)
        replaced = {one.instead_of for one in left if one.ms or one.text}
        for draft in left:
            try:
                if draft.ref in replaced:
                    self.drop(draft.ref)
                elif draft.ref not in waiting:
                    self._file_one(draft)
            except (RecordsError, OSError) as trouble:
                wrong = trouble
        if wrong is not None:
            raise wrong

    def _file_one(self, draft: Draft) -> None:
        if draft.drill:
            self.drop(draft.ref)
        elif draft.told or self.files.path(draft.ref).exists():  # also where it cannot be read
            case = self._receive(draft)
            log.info("call %s: complaint %s is filed after the call", draft.call_id, case.id)
        else:
            self._drafts.drop(draft.ref)  # not a word was said

    def _dated(self, draft: Draft) -> Draft:
        """With the moment at which it came in: of a damaged one that at which its recording was written."""
        path = self.files.path(draft.ref)
        if draft.at or not path.exists():
            return draft
        return replace(draft, at=path.stat().st_mtime_ns // 1_000_000)

    def _measured(self, draft: Draft) -> Draft:
        """With the length of a recording that was broken off, and dated before that writes the recording anew."""
        draft = self._dated(draft)
        if draft.told or not self.files.path(draft.ref).exists():
            return draft
        return replace(draft, ms=self.files.finish(draft.ref))

    def _try(self, draft: Draft) -> Case:
        """The case that it would be; nothing of the draft is left."""
        case = intake.tried(self._flow(), self._received(draft), wall_ms())
        self.drop(draft.ref)
        return case

    def _received(self, draft: Draft) -> intake.Received:
        """What came in with it. Raises StoreError."""
        draft = self._dated(draft)
        audio = None if draft.agent or draft.text else self.files.audio(draft.ref)
        number = draft.number
        if number is None and (call := self._store.get(draft.call_id)) is not None:
            number = numbers.shown(call.caller_number, call.caller_kind)
        return intake.Received(
            ref=draft.ref,
            call_id=draft.call_id,
            number=number,
            call_back_number=number if draft.agent else draft.call_back_number,
            kind=draft.kind,
            audio=audio,
            ms=draft.ms,
            transcript=draft.text or None,
            via=draft.via,
            by=f"agent:{draft.agent}" if draft.agent else SYSTEM,
            received_at=draft.at or None,
        )

    def _receive(self, draft: Draft) -> Case:
        """The case of a draft, which is none any more then. Raises StoreError."""
        case = intake.receive(self._store, self._flow(), self._received(draft), wall_ms())
        with self._settling:
            if ((kept := self._drafts.read(draft.ref)) or draft).later:
                intake.tell_reference(self._store, self._flow(), case, wall_ms())
            if kept is not None:
                self._drafts.drop(draft.ref)
        return case
