"""AGI commands against a peer that answers as Asterisk does, and as it should not."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panoramisk.fast_agi import Application

from ivr.errors import CallerGone, CommandRefused, DeadlinePassed, ProtocolError, UnsafeValue
from ivr.telephony import pulse
from ivr.telephony.agi.connection import Line
from ivr.telephony.agi.fastagi import AgiCall, AgiLimits
from ivr.telephony.pulse import Pulse
from tests.telephony.asterisk import Caller, call, header


def one(use: Any, *answers: str | bytes, **limits: float) -> tuple[Any, list[str]]:
    """What one command returns when Asterisk answers so, and what it was sent."""
    got: list[Any] = []
    peers: list[Caller] = []

    async def on_call(line: AgiCall) -> None:
        got.append(await use(line))

    async def peer(caller: Caller) -> None:
        peers.append(caller)
        for answer in answers:
            await caller.answers(answer)

    call(on_call, peer, None, **limits)
    return got[0], peers[0].heard


def test_stream_returns_the_key_that_cut_it() -> None:
    key, sent = one(lambda line: line.stream("/p/主菜单 1", "123#"), "200 result=35 endpos=1600")
    assert key == "#"
    assert sent == ['STREAM FILE "/p/主菜单 1" "123#"']


def test_stream_to_its_end_is_no_key() -> None:
    assert one(lambda line: line.stream("p", ""), "200 result=0 endpos=16000")[0] is None


def test_a_key_at_position_0_is_a_key() -> None:
    assert one(lambda line: line.stream("p", "1"), "200 result=49 endpos=0")[0] == "1"


@pytest.mark.parametrize("answer", ["200 result=0 endpos=0", "200 result=0"])
def test_a_sound_that_cannot_be_played_is_refused(answer: str) -> None:
    with pytest.raises(CommandRefused, match="cannot play"):
        one(lambda line: line.stream("missing", "1"), answer)


@pytest.mark.parametrize(
    "answer", ["200 result=7 endpos=9", "200 result=300 endpos=9", "200 result=x endpos=9", "200 result= endpos=9"]
)
def test_an_impossible_key_is_a_protocol_error(answer: str) -> None:
    with pytest.raises(ProtocolError):
        one(lambda line: line.stream("p", "1"), answer)


def test_a_prompt_cut_by_a_copy_of_the_key_before_goes_on_where_it_was() -> None:
    async def use(line: AgiCall) -> list[str | None]:
        return [await line.stream("menu", "12"), await line.stream("next", "12"), await line.wait_key(5000)]

    answers = ("200 result=49 endpos=1600", "200 result=49 endpos=160", "200 result=0 endpos=8000", "200 result=50")
    keys, sent = one(use, *answers)
    assert keys == ["1", None, "2"]
    assert sent[:3] == ['STREAM FILE "menu" "12"', 'STREAM FILE "next" "12"', 'STREAM FILE "next" "12" 160']


def test_a_copy_of_the_key_before_does_not_end_a_wait() -> None:
    async def use(line: AgiCall) -> list[str | None]:
        return [await line.wait_key(5000), await line.wait_key(5000)]

    keys, sent = one(use, "200 result=49", "200 result=49", "200 result=50")
    assert keys == ["1", "2"]
    assert int(sent[2].removeprefix("WAIT FOR DIGIT ")) <= 5000


def test_keys_that_no_telephone_has_never_reach_asterisk() -> None:
    with pytest.raises(CommandRefused, match="telephone keys"):
        one(lambda line: line.stream("p", "1x"))


def test_wait_key() -> None:
    assert one(lambda line: line.wait_key(5000), "200 result=42") == ("*", ["WAIT FOR DIGIT 5000"])
    assert one(lambda line: line.wait_key(-1), "200 result=0") == (None, ["WAIT FOR DIGIT 0"])


def test_wait_key_has_its_own_time_plus_the_deadline() -> None:
    with pytest.raises(DeadlinePassed, match=r"within 0\.15 s"):
        call(lambda line: line.wait_key(100), Caller.command, command=0.05)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("200 result=1 (two words)", "two words"),
        ("200 result=1 (a (b) c)", "a (b) c"),
        ("200 result=1 ()", ""),
        ("200 result=1 (x) endpos=5)", "x) endpos=5"),
        ("200 result=1 (张三 李四)", "张三 李四"),
        ("200 result=1 (one\nHANGUP\n200 result=1 two)", "one\nHANGUP\n200 result=1 two"),
        ("200 result=0", None),
        (b"200 result=1 (\xd5\xc5\xc8\xfd)", "\ufffd\ufffd\ufffd\ufffd"),
    ],
)
def test_variables_come_whole(answer: str | bytes, value: str | None) -> None:
    assert one(lambda line: line.get_variable("NAME"), answer) == (value, ['GET VARIABLE "NAME"'])


def test_set_variable_is_quoted() -> None:
    _, sent = one(lambda line: line.set_variable("A", 'say "hi" \\ there'), "200 result=1")
    assert sent == [r'SET VARIABLE "A" "say \"hi\" \\ there"']


@pytest.mark.parametrize("bad", ["a\nHANGUP", "a\r", "a\0b", "\ud800", "x" * 2000, "长" * 700])
def test_a_value_that_would_break_out_is_never_sent(bad: str) -> None:
    async def use(line: AgiCall) -> None:
        for attempt in (
            line.set_variable("A", bad),
            line.set_variable(bad, "1"),
            line.stream(bad, "1"),
        ):
            with pytest.raises(UnsafeValue):
                await attempt
        await line.answer()

    async def peer(caller: Caller) -> None:
        assert await caller.answers("200 result=0") == "ANSWER"

    call(use, peer)


def test_execute() -> None:
    got, sent = one(lambda line: line.execute("Queue", "general", "r", "", "60"), "200 result=0")
    assert (got, sent) == (0, ['EXEC "Queue" "general,r,,60"'])


def test_an_unknown_application_is_refused() -> None:
    with pytest.raises(CommandRefused, match="no application Quack"):
        one(lambda line: line.execute("Quack"), "200 result=-2")


def test_100_trying_is_waited_out() -> None:
    assert one(lambda line: line.execute("Wait", "1"), "100 result=0 Trying...\n200 result=0")[0] == 0


@pytest.mark.parametrize(
    "use",
    [AgiCall.answer, lambda line: line.execute("X"), lambda line: line.stream("p", "1"), lambda line: line.wait_key(1)],
)
def test_minus_one_with_the_channel_alive_is_a_refusal(use: Any) -> None:
    with pytest.raises(CommandRefused, match="failed"):
        one(use, "200 result=-1 endpos=3", "200 result=6")


@pytest.mark.parametrize(
    "use",
    [AgiCall.answer, lambda line: line.execute("X"), lambda line: line.stream("p", "1"), lambda line: line.wait_key(1)],
)
@pytest.mark.parametrize("then", ["511 Command Not Permitted on a dead channel or intercept routine", "HANGUP"])
def test_minus_one_with_the_channel_dead_is_a_hang_up(use: Any, then: str) -> None:
    with pytest.raises(CallerGone):
        one(use, "200 result=-1 endpos=3", then)


def test_usage_text_after_520_belongs_to_its_answer() -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(CommandRefused, match="Usage: SET AUTOHANGUP"):
            await line.autohangup(3)
        assert await line.get_variable("A") == "right"

    async def peer(caller: Caller) -> None:
        usage = [
            "520-Invalid command syntax.  Proper usage follows:",
            " Usage: SET AUTOHANGUP <time>",
            "200 result=1 (wrong)",
            "",
            "520 End of proper usage.",
        ]
        assert await caller.answers(*usage) == "SET AUTOHANGUP 3"
        await caller.answers("200 result=1 (right)")

    call(use, peer)


@pytest.mark.parametrize(
    "answer",
    ["510 Invalid or unknown command", "520 Invalid command syntax.  Proper usage not available.", "503 later"],
)
def test_other_codes_are_refusals(answer: str) -> None:
    with pytest.raises(CommandRefused, match=answer[:3]):
        one(AgiCall.answer, answer)


@pytest.mark.parametrize(("seconds", "asked"), [(15, "15"), (-1, "0")])
def test_asterisk_takes_the_call_back_in_so_many_seconds(seconds: int, asked: str) -> None:
    assert one(lambda line: line.autohangup(seconds), "200 result=0") == (None, [f"SET AUTOHANGUP {asked}"])


def test_garbage_fails_one_command_and_the_next_is_in_step() -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(ProtocolError):
            await line.get_variable("A")
        assert await line.get_variable("B") == "b"

    async def peer(caller: Caller) -> None:
        await caller.answers(b"\x00\xff garbage", "200 result=1 (a)")
        step = (await caller.command()).split()[-1]
        await caller.say(f"200 result=1 ({step})")
        await caller.answers("200 result=1 (b)")

    call(use, peer)


def test_a_late_answer_is_not_the_next_commands() -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(DeadlinePassed):
            await line.stream("p", "1", within=0.05)
        assert await line.get_variable("B") == "b"
        assert await line.get_variable("C") == "c"

    async def peer(caller: Caller) -> None:
        await caller.command()
        step = (await caller.command()).split()[-1]
        await caller.say("200 result=49 endpos=800", f"200 result=1 ({step})")
        assert await caller.answers("200 result=1 (b)") == 'GET VARIABLE "B"'
        await caller.answers("200 result=1 (c)")

    call(use, peer)


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("given", "key"),
    [
        ((), None),  # an interrupted prompt has no answer of its own
        (("200 result=1",), None),  # an interrupted wait has this one
        (("200 result=0 endpos=800",), None),
        (("200 result=49 endpos=800",), "1"),
        (("200 result=35",), "#"),
        (("200 result=-1",), None),
        (("200 result= (timeout)",), None),
        (("200 result=300",), None),
        (("520-Invalid command syntax.  Proper usage follows:", "520 End of proper usage."), None),
        (("200 result=1 (1)", "200 result=50"), "2"),
    ],
)
def test_interrupting_stops_a_command_and_tells_the_key_it_had_taken(
    waits: bool, given: tuple[str, ...], key: str | None
) -> None:
    async def use(line: AgiCall) -> None:
        assert await line.interrupt() is None  # nothing to stop: nothing is sent
        doing = asyncio.create_task(line.wait_key(5000) if waits else line.stream("p", "1"))
        await started.wait()
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doing
        assert await line.interrupt() == key
        assert await line.interrupt() is None
        assert await line.get_variable("X") == "1"

    started = asyncio.Event()

    async def peer(caller: Caller) -> None:
        await caller.command()
        started.set()
        step = (await caller.command()).split()[-1]
        await caller.say(*given, f"200 result=1 ({step})")
        assert await caller.answers("200 result=1 (1)") == 'GET VARIABLE "X"'

    call(use, peer)


def test_an_interruption_that_asterisk_does_not_notice_is_made_again() -> None:
    """It reads what came together in one go, and waits for the key with the interruption unread."""

    async def use(line: AgiCall) -> None:
        waiting = asyncio.create_task(line.wait_key(20_000))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting.cancel()
        assert await line.interrupt() == "7"
        assert await line.get_variable("B") == "b"

    async def peer(caller: Caller) -> None:
        assert await caller.command() == "WAIT FOR DIGIT 20000"
        first = (await caller.command()).split()[-1]
        second = (await caller.command()).split()[-1]
        assert first != second
        await caller.say("200 result=55", f"200 result=1 ({first})", f"200 result=1 ({second})")
        await caller.answers("200 result=1 (b)")

    call(use, peer)


def test_commands_of_one_call_wait_for_each_other() -> None:
    async def use(line: AgiCall) -> None:
        assert list(await asyncio.gather(line.get_variable("A"), line.get_variable("B"))) == ["a", "b"]

    async def peer(caller: Caller) -> None:
        assert await caller.answers("200 result=1 (a)") == 'GET VARIABLE "A"'
        assert await caller.answers("200 result=1 (b)") == 'GET VARIABLE "B"'

    call(use, peer)


def test_answers_to_no_command_are_dropped() -> None:
    async def use(line: AgiCall) -> None:
        assert await line.get_variable("A") == "a"
        assert await line.get_variable("B") == "b"

    async def peer(caller: Caller) -> None:
        await caller.answers("200 result=1 (a)", "200 result=1 (forged)")
        await caller.answers("200 result=1 (b)")

    call(use, peer)


def test_a_flood_of_answers_ends_the_line() -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(CallerGone, match="no command"):
            await line.answer()  # on a busy machine the flood is there before its answer is looked at
            while True:
                await asyncio.sleep(0)
                await line.autohangup(0)

    async def peer(caller: Caller) -> None:
        await caller.answers(*["200 result=0"] * 100_000)

    call(use, peer)


def test_hangup_out_of_band_reaches_a_waiting_command_at_once() -> None:
    async def use(line: AgiCall) -> None:
        assert not line.hung_up
        with pytest.raises(CallerGone, match="HANGUP"):
            await line.stream("p", "1")
        assert line.hung_up
        with pytest.raises(CallerGone):
            await line.answer()

    async def peer(caller: Caller) -> None:
        await caller.answers("HANGUP")
        assert await caller.closed()

    call(use, peer)


def test_an_answer_before_the_hangup_still_counts() -> None:
    async def use(line: AgiCall) -> None:
        assert await line.stream("p", "1") == "1"
        assert line.hung_up

    async def peer(caller: Caller) -> None:
        await caller.answers("200 result=49 endpos=8\nHANGUP")

    call(use, peer)


class Clock:
    """The monotonic clock; the application stands still where it is put forward without a turn of its event loop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        monkeypatch.setattr(pulse, "time", self)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def stand_still(self) -> None:
        self._ahead += 2 * pulse.STILL_S


def test_an_answer_that_waited_until_asterisk_took_the_call_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    async def use(line: AgiCall) -> None:
        with pytest.raises(CallerGone, match="HANGUP"):
            await line.stream("p", "1")

    async def peer(caller: Caller) -> None:
        await caller.command()
        caller.writer.write(b"200 result=49 endpos=8\nHANGUP\n")
        clock.stand_still()

    call(use, peer)


def test_a_call_that_was_taken_before_it_was_served_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    served = []

    async def use(line: AgiCall) -> None:
        served.append(line)

    async def peer(caller: Caller) -> None:
        caller.writer.write(header() + b"HANGUP\n")
        clock.stand_still()
        assert await caller.closed()

    call(use, peer, opening=b"")
    assert not served


WHOLE = b"200 result=1 (two\nlines)\n"


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_an_answer_cut_at_any_byte_is_a_caller_gone(cut: int) -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(CallerGone, match="ended"):
            await line.get_variable("A")
        assert line.hung_up

    async def peer(caller: Caller) -> None:
        await caller.command()
        caller.writer.write(WHOLE[:cut])
        caller.writer.write_eof()

    call(use, peer)


def test_a_reset_is_a_caller_gone() -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(CallerGone):
            await line.answer()

    async def peer(caller: Caller) -> None:
        await caller.command()
        caller.writer.transport.abort()

    call(use, peer)


def test_an_endless_line_ends_the_line() -> None:
    async def use(line: AgiCall) -> None:
        with pytest.raises(CallerGone, match="broke"):
            await line.answer()

    async def peer(caller: Caller) -> None:
        await caller.answers(b"2" * 100_000)

    call(use, peer)


def test_a_peer_that_stops_reading_meets_the_deadline() -> None:
    async def use(line: AgiCall) -> None:
        line._line.writer.transport.pause_reading()  # nothing will be answered
        for _ in range(3):
            with pytest.raises(DeadlinePassed, match="within"):
                await line.set_variable("A", "x" * 1900)

    async def peer(caller: Caller) -> None:
        await caller.command()

    call(use, peer, command=0.05)


def test_a_variable_that_asterisk_does_not_set_is_refused() -> None:
    with pytest.raises(CommandRefused, match="did not set A"):
        one(lambda line: line.set_variable("A", "1"), "200 result=0")


ANSWERS = (
    "200 result=49 endpos=8\n520-Usage\nHANGUP\n520 End of proper usage.\n200 result=1 (甲\n乙)\nHANGUP\n".encode()
)


@given(st.lists(st.integers(1, 12), max_size=40))
def test_any_chunking_of_the_answers_reads_the_same(sizes: list[int]) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        line = Line(Application(loop=asyncio.get_running_loop()), {}, reader, None, AgiLimits(), Pulse())  # type: ignore[arg-type]
        reading = asyncio.create_task(line.read())
        at = 0
        for size in [*sizes, len(ANSWERS)]:
            if at < len(ANSWERS):
                reader.feed_data(ANSWERS[at : at + size])
                at += size
                await asyncio.sleep(0)
        reader.feed_eof()
        await reading
        replies = [(await line._read_result())["reply"] for _ in range(3)]
        assert [(reply.code, reply.result, reply.data) for reply in replies] == [
            (200, "49", None),
            (520, "", None),
            (200, "1", "甲\n乙"),
        ]
        with pytest.raises(CallerGone, match="HANGUP"):
            await line._read_result()

    asyncio.run(main())
