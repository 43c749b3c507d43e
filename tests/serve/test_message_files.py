"""Messages: recorded, trimmed, played, kept closed, and dropped without a trace."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from ivr.call.effects import CallContext
from ivr.errors import CallerGone
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.flow.steps.effects import (
    Done,
    DropMessage,
    KeepMessage,
    PlayMessage,
    Recorded,
    RecordMessage,
    Refused,
    RequestCallback,
    Result,
)
from ivr.records.store import Store
from ivr.records.work.model import WorkKind
from ivr.serve.care.effects import CareEffects
from ivr.serve.care.message_files import MessageFiles
from ivr.settings import Settings
from ivr.speech.audio import wav
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.events.queue_board import QueueBoard
from ivr.telephony.events.types import QueueJoined, QueueLeft

NUMBER = "+8613800000001"


@dataclass
class Line:
    """A caller who speaks for so long, and may hang up while he does."""

    speaks_ms: int = 2000
    hangs_up: bool = False
    played: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=lambda: {"IVR_QUEUE": "q-general", "IVR_PRIORITY": "3"})

    @property
    def hung_up(self) -> bool:
        return self.hangs_up

    async def stream(self, path: str, _keys: str, *, within: float | None = None) -> None:
        self.played.append(Path(path).name)

    async def record_file(self, path: str, _keys: str, max_ms: int, _silence: int) -> None:
        hush = np.zeros(wav.RATE)
        tone = 0.1 * np.sin(np.arange(min(self.speaks_ms, max_ms) * wav.RATE // 1000))
        wav.write(Path(path + ".wav"), np.concatenate((hush, tone, hush)))
        if self.hangs_up:
            raise CallerGone("hung up")

    async def get_variable(self, name: str) -> str | None:
        return self.variables.get(name)


@dataclass
class Desk:
    settings: Settings
    store: Store
    care: CareEffects
    board: QueueBoard
    promised: list[bool]
    drill: bool = False
    call: str = "n-1.1"
    unknown: bool = False

    def do(self, kind: str, effect: Any, line: Line) -> Result:
        agi = cast(AgiCall, line)
        context = CallContext(self.call, "x", NUMBER, agi, self.drill, self.unknown)
        return asyncio.run(getattr(self.care, kind)(effect, context))  # type: ignore[no-any-return]

    def record(self, line: Line) -> Recorded:
        result = self.do("record", RecordMessage("综合业务"), line)
        assert isinstance(result, Done) and isinstance(result.value, Recorded)
        return result.value

    @property
    def files(self) -> list[Path]:
        return list((self.settings.asterisk / "messages").glob("*"))


@pytest.fixture
def flow() -> Flow:
    shipped = require(Path(__file__).parents[2] / "flows")
    assert shipped.callbacks is not None
    general = replace(shipped.queues["general"], hours=None)
    return replace(
        shipped, queues={**shipped.queues, "general": general}, callbacks=replace(shipped.callbacks, hours=None)
    )


@pytest.fixture
def desk(tmp_path: Path, flow: Flow) -> Desk:
    settings = replace(Settings(), state=tmp_path / "run")
    settings.asterisk.mkdir(parents=True)
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    board, promised = QueueBoard(), list[bool]()
    care = CareEffects(settings, store, board, lambda: flow, lambda: promised.append(True))
    return Desk(settings, store, care, board, promised)


def test_a_message_is_trimmed_kept_closed_and_becomes_work(desk: Desk) -> None:
    line = Line()
    made = desk.record(line)
    assert line.played == ["beep"] and 2000 <= made.ms <= 2700
    (file,) = desk.files
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert desk.store.work.items() == (), "nothing is kept before the caller says so"
    assert isinstance(desk.do("keep", KeepMessage(made.ref, "综合业务", NUMBER), line), Done)
    (item,) = desk.store.work.items()
    assert (item.kind, item.about, item.number, item.confirmed) == (WorkKind.MESSAGE, "综合业务", NUMBER, True)
    assert (item.queue, item.ms) == ("general", made.ms)
    assert item.audio is not None and desk.settings.state / item.audio == file
    desk.do("keep", KeepMessage(made.ref, "综合业务", NUMBER), line)
    assert len(desk.store.work.items()) == 1, "said twice, kept once"


def test_it_is_heard_again(desk: Desk) -> None:
    line = Line()
    made = desk.record(line)
    assert isinstance(desk.do("play", PlayMessage(made.ref), line), Done)
    assert line.played == ["beep", made.ref]


def test_nothing_said_leaves_nothing(desk: Desk) -> None:
    assert desk.record(Line(speaks_ms=100)) == Recorded("", 0)
    assert desk.files == []


def test_what_is_dropped_is_gone(desk: Desk) -> None:
    line = Line()
    made = desk.record(line)
    desk.do("drop", DropMessage(made.ref), line)
    assert desk.files == [] and desk.store.work.items() == ()


def test_a_second_recording_has_a_name_of_its_own(desk: Desk) -> None:
    line = Line()
    assert desk.record(line).ref != desk.record(line).ref


def test_who_hangs_up_while_speaking_has_left_a_message(desk: Desk) -> None:
    with pytest.raises(CallerGone):
        desk.do("record", RecordMessage("综合业务"), Line(hangs_up=True))
    (item,) = desk.store.work.items()
    assert (item.confirmed, item.number) == (False, NUMBER)


def test_who_hangs_up_without_a_word_has_not(desk: Desk) -> None:
    with pytest.raises(CallerGone):
        desk.do("record", RecordMessage("综合业务"), Line(speaks_ms=0, hangs_up=True))
    assert desk.store.work.items() == () and desk.files == []


def test_old_recordings_of_nobody_are_swept(desk: Desk) -> None:
    line, files = Line(), MessageFiles(desk.settings)
    kept, left, fresh = desk.record(line), desk.record(line), desk.record(line)
    for one in (kept, left):
        os.utime(files.path(one.ref), (time.time() - 100_000,) * 2)
    assert files.sweep({files.audio(kept.ref)}) == 1
    assert {path.stem for path in desk.files} == {kept.ref, fresh.ref}


def test_a_promise_keeps_the_place_and_the_priority(desk: Desk) -> None:
    for at, who in enumerate(("n-1.0", "n-1.1"), 1):
        desk.board.feed(QueueJoined(at, who, who, None, "q-general", at, at))
    desk.board.feed(QueueLeft(9, "n-1.1", "n-1.1", None, "q-general"))
    assert isinstance(desk.do("request_callback", RequestCallback("general", 5), Line()), Done)
    (made,) = desk.store.work.open_callbacks()
    assert (made.number, made.priority, made.position, made.t_requested) == (NUMBER, 3, 2, 5)
    assert desk.promised == [True]


@pytest.mark.parametrize(("number", "code"), [("0019005551234", "not_allowed"), ("110", "not_allowed")])
def test_no_number_of_the_callers_choice_is_dialled_unlooked_at(desk: Desk, number: str, code: str) -> None:
    assert desk.do("request_callback", RequestCallback("general", 5, number), Line()) == Refused(code)
    assert desk.store.work.open_callbacks() == () and desk.promised == []


def test_a_drill_is_promised_a_callback_that_nobody_makes(desk: Desk) -> None:
    desk.drill = True
    assert isinstance(desk.do("request_callback", RequestCallback("general", 5), Line()), Done)
    assert desk.do("request_callback", RequestCallback("general", 5, "110"), Line()) == Refused("not_allowed")
    assert desk.store.work.open_callbacks() == () and desk.promised == []


def test_a_message_in_a_drill_is_nobodys_work(desk: Desk) -> None:
    desk.drill = True
    assert isinstance(desk.do("keep", KeepMessage(desk.record(Line()).ref, "综合业务"), Line()), Done)
    with pytest.raises(CallerGone):
        desk.record(Line(hangs_up=True))
    assert desk.files == [] and desk.store.work.items() == ()


def test_strangers_have_one_open_callback_to_a_number(desk: Desk) -> None:
    desk.unknown = True
    for at in range(3):
        desk.call = f"text-{at}"
        assert isinstance(desk.do("request_callback", RequestCallback("general", 5, "13800138000"), Line()), Done)
    assert [one.parent_call_id for one in desk.store.work.open_callbacks()] == ["text-0"]
    desk.call = "text-9"
    desk.do("request_callback", RequestCallback("general", 5, "13800138001"), Line())
    assert len(desk.store.work.open_callbacks()) == 2
