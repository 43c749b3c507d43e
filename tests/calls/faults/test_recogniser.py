"""Recognition fails in mid-call (killed, stopped, overloaded, absent): the caller is told, goes on with keys, and is
never left in silence; no call is lost (CBA 三十五, HB 7.2.1, HB 4.3.2)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.calls.faults.eyes import SILENCE_S, Story, dial, metric, only_record, wait_prompt
from tests.rig.hotline import Hotline, hotline, until

pytestmark = [pytest.mark.calls, pytest.mark.speech]

LOST = "fixtures/clean/debit_loss-1.wav"
#: Speaks, is told to press keys, presses 5 and 3: branches and opening hours.
STEPS = ("wait 3s", f"say {LOST}", "wait 7s", "press 5", "wait 2s", "press 3", "wait 4s", "hang up")


def workers(line: Hotline) -> list[int]:
    """Process ids of the application's recognisers."""
    assert line.app is not None
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            continue  # it ended while we looked
        if parent == line.app.pid and b"ivr.speech.recognition.worker" in command:
            found.append(int(folder.name))
    return found


def send(line: Hotline, number: signal.Signals) -> list[int]:
    """Send a signal to every recogniser; their process ids."""
    pids = workers(line)
    assert pids
    for pid in pids:
        os.kill(pid, number)
    return pids


@pytest.fixture
def ready(listening: Hotline) -> Iterator[Hotline]:
    """The hotline that listens, its recognisers fit; afterwards they are again."""
    until("the recognisers", lambda: len(workers(listening)) == 2, 60)
    until_fit(listening)
    yield listening
    for pid in workers(listening):
        os.kill(pid, signal.SIGCONT)


def until_fit(line: Hotline) -> None:
    """Until new calls are asked to speak."""
    until("speech recognition", lambda: metric(line, "ivr_recogniser_up") == 1.0, 60)


def assert_went_on_by_keys(story: Story, line: Hotline) -> None:
    """Told once, then served by keys, in time; the record is whole."""
    record = only_record(line, story.number)
    text = story.text(record)
    assert story.prompts.count("speech_down") == 1, text
    assert "branch_hours_info" in story.prompts, text
    assert story.silence() <= SILENCE_S, text
    assert record["hangup_by"] == "caller" and record["source"] == "live", text
    assert [visit["key"] for visit in record["menu_visits"] if visit["outcome"] == "choice"] == ["5", "3"], text
    assert record["turns"] == [], text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_recognisers_that_fail_while_the_caller_speaks(ready: Hotline, folder: Path, number: signal.Signals) -> None:
    def harm(caller: str) -> None:
        wait_prompt(ready, caller, "greeting")
        until("speech", lambda: metric(ready, "ivr_recogniser_talkers") == 1.0, 15)
        send(ready, number)

    story = dial(ready, folder, *STEPS, meanwhile=harm)
    assert_went_on_by_keys(story, ready)


def test_recognisers_come_back_by_themselves(ready: Hotline, folder: Path) -> None:
    before = send(ready, signal.SIGKILL)
    until("new recognisers", lambda: len(workers(ready)) == 2 and not set(workers(ready)) & set(before), 60)
    until_fit(ready)
    story = dial(ready, folder, "wait 3s", f"say {LOST}", "wait 4s", "hang up")
    assert "confirm-debit_loss" in story.prompts, story.text()


def test_without_a_recogniser_nobody_is_asked_to_speak(line: Hotline, folder: Path) -> None:
    story = dial(line, folder, "hear greeting", "wait 4s", "hang up")
    assert story.prompts == ["greeting", "elderly_key", "main_menu"], story.text()


def test_whom_the_recognisers_cannot_take_goes_on_by_keys(folder: Path) -> None:
    """Three speak at once where one may: the others are told, and the figures show it."""
    with hotline(SPEECH_ENGINE="whisper", SPEECH_TALKERS="1", SPEECH_WORKERS="1") as line:
        until_fit(line)
        call: Callable[[int], Story] = lambda each: dial(line, folder / str(each), *STEPS)  # noqa: E731
        with ThreadPoolExecutor(3) as pool:
            stories = list(pool.map(call, range(3)))
        told = [story for story in stories if "speech_down" in story.prompts]
        assert len(told) == 2, "\n".join(story.text() for story in stories)
        for story in told:
            assert_went_on_by_keys(story, line)
        assert metric(line, "ivr_recogniser_refusals_total") == 2.0


def test_who_waits_for_a_slow_recogniser_is_asked_for_a_moment_and_understood(ready: Hotline, folder: Path) -> None:
    def slow(caller: str) -> None:
        wait_prompt(ready, caller, "greeting")
        until("speech", lambda: metric(ready, "ivr_recogniser_talkers") == 1.0, 15)
        send(ready, signal.SIGSTOP)
        wait_prompt(ready, caller, "one_moment")
        send(ready, signal.SIGCONT)

    story = dial(ready, folder, "wait 3s", f"say {LOST}", "wait 7s", "hang up", meanwhile=slow)
    text = story.text()
    assert [one for one in story.prompts if one in ("one_moment", "speech_down")] == ["one_moment"], text
    assert story.prompts.index("one_moment") < story.prompts.index("confirm-debit_loss"), text
    assert story.silence() <= SILENCE_S, text
    (turn,) = only_record(ready, story.number)["turns"]
    assert turn["intent"] == "debit_loss"
