"""The pool: nothing waits, nothing is lost without being told, and what hangs is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ivr.errors import RecogniserBusy, RecogniserDown
from ivr.speech.recognition.engine_choice import EngineChoice
from ivr.speech.recognition.pool import MOST_AUDIO, PIECE, RecogniserPool
from ivr.speech.recognition.recogniser import Expected
from ivr.speech.recognition.worker_process import WorkerProcess

CHOICE = EngineChoice("whisper", Path("nowhere"), "测试")
TOY = (sys.executable, "-m", "tests.speech.toy_worker")
NORMAL = Expected()


def how(behaviour: str) -> Expected:
    """An utterance at which the toy engine behaves so."""
    return Expected((behaviour,))


@asynccontextmanager
async def pool(
    workers: int = 1, talkers: int = 12, patience: float = 20.0, *more: str
) -> AsyncIterator[RecogniserPool]:
    """A pool of toy workers, ready."""
    made = RecogniserPool(CHOICE, workers, talkers, command=[*TOY, *more], patience=patience)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.01)


def ran(what: Coroutine[Any, Any, None]) -> None:
    """Run it."""
    asyncio.run(what)


def test_an_utterance_is_recognised() -> None:
    async def scene() -> None:
        async with pool() as made:
            stream = made.open(NORMAL)
            for _ in range(7):
                stream.feed(bytes(320))
            await until(lambda: stream.partial == "1600")
            found = await stream.final(10)
            assert (found.text, found.audio_ms, found.language) == ("2240", 140, "zh")
            status = made.status
            assert (status.finished, status.talking, status.ready, status.workers) == (1, 0, 1, 1)
            assert status.latencies_ms == (found.took_ms,) and status.trouble == ""
            assert status.engine == "whisper" and status.why == "测试"

    ran(scene())


def test_many_at_once_share_the_workers() -> None:
    async def scene() -> None:
        async with pool(2) as made:
            streams = [made.open(NORMAL) for _ in range(12)]
            assert sorted(link.load for link in made._links) == [6, 6]
            for number, stream in enumerate(streams):
                stream.feed(bytes(2 * number))
            found = await asyncio.gather(*(stream.final(20) for stream in streams))
            assert [each.text for each in found] == [str(2 * number) for number in range(12)]

    ran(scene())


def test_one_more_than_may_talk_is_told_to_press_keys() -> None:
    async def scene() -> None:
        async with pool(talkers=2) as made:
            first, _ = made.open(NORMAL), made.open(NORMAL)
            with pytest.raises(RecogniserBusy):
                made.open(NORMAL)
            assert made.status.refused_busy == 1
            first.cancel()
            first.cancel()
            made.open(NORMAL).cancel()

    ran(scene())


def test_what_follows_a_foreseen_end_is_silence_unless_speech_goes_on() -> None:
    async def scene() -> None:
        async with pool() as made:
            stream = made.open(NORMAL)
            stream.feed(bytes(100))
            stream.finish_early()
            stream.feed(bytes(320))  # the silence after it
            stream.finish_early()
            found = await stream.final(10)
            assert found.text == "100" and found.language in ("early1", "zh")  # zh: the end came first
            stream = made.open(NORMAL)
            stream.feed(bytes(100))
            stream.finish_early()
            stream.resume(bytes(320))
            found = await stream.final(10)
            assert (found.text, found.language) == ("420", "zh")

    ran(scene())


def test_thirty_seconds_are_taken_and_no_more() -> None:
    async def scene() -> None:
        async with pool() as made:
            stream = made.open(NORMAL)
            for _ in range(70):
                stream.feed(bytes(8000))
            assert (await stream.final(20)).text == str(MOST_AUDIO)

    ran(scene())


def test_a_result_that_is_late_is_not_waited_for() -> None:
    async def scene() -> None:
        async with pool() as made:
            stream = made.open(how("slow"))
            began = time.monotonic()
            with pytest.raises(RecogniserDown, match=r"0\.05 秒"):
                await stream.final(0.05)
            assert time.monotonic() - began < 5
            assert made.status.late == 1 and made.status.talking == 0
            with pytest.raises(RecogniserDown):
                await stream.final(1)
            await until(lambda: made.status.ready == 1)
            assert (await made.open(NORMAL).final(10)).text == "0"  # the late one did not take its place

    ran(scene())


def test_one_that_the_engine_cannot_take_fails_alone() -> None:
    async def scene() -> None:
        async with pool() as made:
            one, two = made.open(how("raise")), made.open(NORMAL)
            with pytest.raises(RecogniserDown):
                await one.final(10)
            assert (await two.final(10)).text == "0" and made.status.failed == 1

    ran(scene())


@pytest.mark.parametrize("where", ["begin", "feed"])
def test_one_that_fails_before_its_end_is_owed_no_more_and_the_worker_stays(where: str) -> None:
    async def scene() -> None:
        async with pool(patience=1.0) as made:
            pids = made.pids
            one, two = made.open(how(f"raise-{where}")), made.open(NORMAL)
            one.feed(bytes(PIECE))
            await until(lambda: one.lost)
            began = time.monotonic()
            with pytest.raises(RecogniserDown):
                await one.final(10)
            assert (await two.final(10)).text == "0"
            await until(lambda: time.monotonic() - began > 1.5)  # longer than the patience with what is owed
            assert made.pids == pids and made.status.ready == 1 and made.status.restarts == 0

    ran(scene())


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_dies_fails_its_utterances_at_once_and_is_replaced(by: signal.Signals) -> None:
    async def scene() -> None:
        async with pool() as made:
            (pid,) = made.pids
            stream, other = made.open(how("hang")), made.open(NORMAL)
            waits = asyncio.create_task(stream.final(60))
            await asyncio.sleep(0)
            os.kill(pid, by)
            with pytest.raises(RecogniserDown):
                await asyncio.wait_for(waits, 20)
            await until(lambda: other.lost)
            other.feed(b"ab")  # harmless
            with pytest.raises(RecogniserDown):
                made.open(NORMAL)
            assert made.status.refused_down == 1 and made.status.trouble
            await until(lambda: made.status.ready == 1)
            assert made.pids != (pid,) and made.status.restarts == 1
            assert (await made.open(NORMAL).final(10)).text == "0"

    ran(scene())


def test_an_engine_that_takes_the_process_along_does_not_take_the_other_worker() -> None:
    async def scene() -> None:
        async with pool(2) as made:
            bad, good = made.open(how("crash")), made.open(NORMAL)
            with pytest.raises(RecogniserDown):
                await bad.final(20)
            assert (await good.final(10)).text == "0"
            assert (await made.open(NORMAL).final(10)).text == "0"

    ran(scene())


def test_a_stopped_worker_is_noticed_avoided_killed_and_replaced() -> None:
    async def scene() -> None:
        async with pool(2, patience=2.0) as made:
            stopped, _ = made.pids
            first, second = made.open(NORMAL), made.open(NORMAL)
            os.kill(stopped, signal.SIGSTOP)
            for stream in (first, second):
                stream.feed(bytes(16000))
            began = time.monotonic()
            results = await asyncio.gather(first.final(1.0), second.final(20.0), return_exceptions=True)
            assert sorted(isinstance(result, RecogniserDown) for result in results) == [False, True]
            assert time.monotonic() - began < 15
            await until(lambda: stopped not in made.pids and made.status.ready == 2)
            with pytest.raises(ProcessLookupError):
                os.kill(stopped, 0)

    ran(scene())


def test_a_worker_that_hangs_in_a_recognition_is_replaced() -> None:
    async def scene() -> None:
        async with pool(1, patience=1.0) as made:
            (pid,) = made.pids
            with pytest.raises(RecogniserDown):
                await made.open(how("hang")).final(20)
            await until(lambda: made.status.ready == 1 and made.pids != (pid,))

    ran(scene())


def test_a_stopped_worker_is_never_waited_for_however_much_is_fed() -> None:
    async def scene() -> None:
        async with pool(1, patience=60.0) as made:
            os.kill(made.pids[0], signal.SIGSTOP)
            longest = 0.0
            for _ in range(20):
                stream = made.open(NORMAL) if made.status.ready else None
                began = time.monotonic()
                for _ in range(60):
                    if stream is not None:
                        stream.feed(bytes(8000))
                longest = max(longest, time.monotonic() - began)
                if stream is not None:
                    stream.cancel()
            assert longest < 2.0
            await until(lambda: made.status.restarts > 0)  # too much lies unread

    ran(scene())


@pytest.mark.parametrize(("trouble", "told"), [("--trouble", "模型坏了"), ("--die", "没有启动成功")])
def test_workers_that_cannot_start_are_told_and_tried_again(trouble: str, told: str) -> None:
    async def scene() -> None:
        async with pool(1, 12, 20.0, trouble) as made:
            assert made.status.ready == 0 and told in made.status.trouble
            with pytest.raises(RecogniserDown):
                made.open(NORMAL)
            with pytest.raises(RecogniserDown):
                await made.unknown(["x"])
            await until(lambda: made.status.restarts >= 2)

    ran(scene())


def test_a_worker_whose_keeping_fails_is_told_and_kept_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sound, failures = WorkerProcess.run, [RuntimeError("a bug")]

    async def run(link: WorkerProcess, *how_: Any) -> None:
        if failures:
            raise failures.pop()
        await sound(link, *how_)

    monkeypatch.setattr(WorkerProcess, "run", run)

    async def scene() -> None:
        async with pool() as made:
            assert made.status.trouble == "识别进程出错，已重新启动"
            await until(lambda: made.status.ready == 1)
            assert (await made.open(NORMAL).final(10)).text == "0"

    ran(scene())


def test_a_program_that_there_is_not() -> None:
    async def scene() -> None:
        made = RecogniserPool(CHOICE, 1, command=["/nowhere/python"])
        await made.start()
        assert "无法启动" in made.status.trouble
        await made.close()

    ran(scene())


def test_without_an_engine_there_are_keys() -> None:
    async def scene() -> None:
        made = RecogniserPool(EngineChoice("none", None, "没有模型"), 2)
        await made.start()
        with pytest.raises(RecogniserDown, match="没有模型"):
            made.open(NORMAL)
        assert made.status.workers == 0 and made.pids == ()
        await made.close()

    ran(scene())


def test_words_that_are_never_heard_are_told() -> None:
    async def scene() -> None:
        async with pool() as made:
            assert await made.unknown(["挂失", "xx", "y"]) == ("xx",)

    ran(scene())


def test_closing_leaves_no_process_and_fails_what_is_open() -> None:
    async def scene() -> None:
        async with pool(2) as made:
            pids = made.pids
            stream = made.open(NORMAL)
            waits = asyncio.create_task(stream.final(30))
            await asyncio.sleep(0)
            os.kill(pids[0], signal.SIGSTOP)
        assert made.pids == ()
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    ran(scene())


def test_the_workers_give_way_to_asterisk() -> None:
    async def scene() -> None:
        async with pool() as made:
            assert os.getpriority(os.PRIO_PROCESS, made.pids[0]) >= 5

    ran(scene())


def test_nothing_that_was_said_stands_in_a_repr() -> None:
    async def scene() -> None:
        async with pool() as made:
            stream = made.open(NORMAL)
            stream.feed(bytes(1234))
            found = await stream.final(10)
            assert found.text == "1234"
            assert "1234" not in f"{found!r} {stream!r} {made!r} {made.status!r}"

    ran(scene())


def test_a_worker_that_is_behind_is_busy_and_not_replaced() -> None:
    async def scene() -> None:
        async with pool(1, 40, 1.0) as made:
            (pid,) = made.pids
            streams = [made.open(how("slow")) for _ in range(12)]  # 3.6 s of work
            results = [asyncio.create_task(stream.final(60)) for stream in streams]

            def refused() -> bool:
                try:
                    made.open(NORMAL).cancel()
                except RecogniserBusy:
                    return True
                return False

            await until(refused)
            assert made.status.refused_busy >= 1 and made.status.refused_down == 0
            assert {found.text for found in await asyncio.gather(*results)} == {"0"}
            assert made.pids == (pid,) and made.status.restarts == 0
            await until(lambda: not refused())

    ran(scene())
