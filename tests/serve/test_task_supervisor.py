"""Background tasks under their supervisor: a failure is logged with its cause, told, and the work goes on."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest

from ivr.report.monitoring.exporter import TASKS
from ivr.serve.task_supervisor import ELSEWHERE, Tasks
from ivr.tasks import background


async def until(met: Callable[[], bool]) -> None:
    while not met():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


def test_work_that_fails_is_logged_with_its_cause_told_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        tasks, tried, well = Tasks(back_off_s=(0.0,), calm_s=0.05), 0, asyncio.Event()

        async def work() -> None:
            nonlocal tried
            tried += 1
            if tried < 3:
                raise ValueError(f"no JSON {tried}")
            well.set()
            await asyncio.Event().wait()

        tasks.keep("编辑生效", work)
        async with asyncio.timeout(5):
            await well.wait()
            assert tasks.trouble == {"编辑生效": "ValueError：no JSON 2"}
            assert tasks.failed == 2
            await until(lambda: not tasks.trouble)  # it runs again, and has done so for a while
        await tasks.close()
        assert tried == 3

    asyncio.run(main())
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert ["no JSON 1" in one.getMessage() and one.exc_info is not None for one in errors] == [True, False]


def test_between_its_attempts_work_is_told_of_as_failing() -> None:
    async def main() -> None:
        tasks = Tasks(back_off_s=(60.0,), calm_s=0.0)

        async def work() -> None:
            raise OSError("disk full")

        tasks.keep("记录补齐", work)
        async with asyncio.timeout(5):
            await until(lambda: tasks.failed > 0)
        assert tasks.trouble == {"记录补齐": "OSError：disk full"}
        await tasks.close()

    asyncio.run(main())


def test_work_done_once_is_told_of_until_it_goes_well() -> None:
    async def main() -> None:
        tasks = Tasks()

        async def bad() -> None:
            raise KeyError("queue")

        async def good() -> None:
            return

        tasks.once("重读", bad())
        async with asyncio.timeout(5):
            await until(lambda: bool(tasks.trouble))
            tasks.once("重读", good())
            await until(lambda: not tasks.trouble)
        assert tasks.failed == 1
        await tasks.close()

    asyncio.run(main())


def test_closing_ends_every_task() -> None:
    async def main() -> None:
        tasks, ended = Tasks(), []

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        for name in ("a", "b"):
            tasks.keep(name, work)
        await asyncio.sleep(0)
        await tasks.close()
        assert ended == [True, True]

    asyncio.run(main())


async def _dies() -> None:
    raise KeyError("13800000006")


def _dies_in_a_thread() -> None:
    raise KeyError("13800000006")


def _dies_in_a_callback() -> None:
    raise KeyError("13800000006")


@pytest.mark.parametrize("where", ["task", "callback", "thread"])
def test_what_dies_elsewhere_is_logged_with_its_cause_counted_and_told(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        tasks = Tasks(calm_s=60.0)
        tasks.watch_the_rest()
        try:
            if where == "task":
                task = background(_dies(), "test-task")
                await asyncio.wait([task])
            elif where == "callback":
                asyncio.get_running_loop().call_soon(_dies_in_a_callback)
            else:
                thread = threading.Thread(target=_dies_in_a_thread, name="test-thread")
                thread.start()
                await asyncio.to_thread(thread.join)
            async with asyncio.timeout(5):
                await until(lambda: tasks.failed == 1)
            assert tasks.trouble == {ELSEWHERE: "KeyError"}  # what it was about stays in the log
        finally:
            tasks.watch_no_more()

    asyncio.run(main())
    (told,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert told.exc_info is not None and told.exc_info[0] is KeyError
    assert where == "callback" or f"test-{where} died" in told.getMessage()
    assert ELSEWHERE in TASKS


def test_a_background_task_that_ends_or_is_cancelled_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    async def well() -> int:
        return 7

    async def main() -> None:
        tasks = Tasks()
        tasks.watch_the_rest()
        try:
            assert await background(well(), "well") == 7
            waiting = background(asyncio.sleep(60), "waiting")
            waiting.cancel()
            await asyncio.wait([waiting])
            await asyncio.sleep(0)
            assert not tasks.failed and not tasks.trouble
        finally:
            tasks.watch_no_more()

    asyncio.run(main())
    assert not caplog.records
