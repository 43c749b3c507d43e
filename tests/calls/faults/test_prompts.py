"""Recordings vanish or spoil while calls go on: the voice speaks instead, or the caller reaches an agent; there is no
silence, and the operator is told which files ("Bad input to survive")."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    AGENT,
    MUSIC,
    Manner,
    assert_in_order,
    assert_never_left_alone,
    dial,
    log_since,
    log_size,
    metric,
    only_record,
    wait_log,
    wait_prompt,
)
from tests.rig.heard import UNKNOWN
from tests.rig.hotline import TOP, Hotline, hotline, until

pytestmark = pytest.mark.calls

SOON = {"1001": Manner(rings_ms=500, talks_ms=4500)}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline with a prompts folder of its own, to be spoilt."""
    prompts = tmp_path_factory.mktemp("own") / "prompts"
    shutil.copytree(TOP / "prompts", prompts)
    with hotline(PROMPTS=str(prompts)) as one:
        yield one


def files(line: Hotline, prompt: str) -> list[Path]:
    """The recordings of a prompt, normal speed."""
    found = sorted(Path(line.environ["IVR_PROMPTS"]).rglob(f"normal/{prompt}-????????.wav"))
    assert found
    return found


def wait_noticed(line: Hotline, since: int, *prompts: str) -> None:
    """Until the hotline has noticed that the recordings of these are lost, and the voice stands in for them."""
    for prompt in prompts:
        wait_log(line, f"normal/{prompt}-", since)
    lost = len(prompts)
    until("the figure of lost recordings", lambda: (metric(line, "ivr_lost_recordings") or 0) >= lost, 30)


def test_a_missing_file(own: Hotline, folder: Path) -> None:
    """The voice speaks instead, in the call that goes on, and whoever looks at the hotline is told."""
    own.listener()  # before the file is gone
    since = log_size(own)

    def remove(number: str) -> None:
        wait_prompt(own, number, "greeting")
        for file in files(own, "cards_menu"):
            file.unlink()
        wait_noticed(own, since, "cards_menu")

    story = dial(own, folder, "wait 9s", "press 2", "wait 4s", "press 0", "wait for bye", agents=SOON, meanwhile=remove)
    record = only_record(own, story.number)
    assert_in_order(story, "main_menu", UNKNOWN, "transferring", MUSIC, AGENT, "goodbye")
    assert "fault" not in story.prompts, story.text(record)
    assert_never_left_alone(story)
    assert [one["menu_id"] for one in record["menu_visits"]] == ["main", "cards"], story.text(record)
    assert "Traceback" not in log_since(own, since)
    status = subprocess.run(
        [sys.executable, "-m", "ivr.cli", "status", "--once"],
        env=dict(own.environ), cwd=TOP, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "段录音缺失或损坏" in status.stdout


def test_a_file_that_cannot_be_played(own: Hotline, folder: Path) -> None:
    """Not a WAV, an empty file, a WAV without sound: each in a call of its own."""
    own.listener()
    spoilt = {"1": ("accounts_menu", b"\x00\xff garbage"), "3": ("loans_menu", b""), "4": ("loss_menu", None)}
    since = log_size(own)
    for prompt, data in spoilt.values():
        for file in files(own, prompt):
            file.write_bytes(file.read_bytes()[:44] if data is None else data)
    wait_noticed(own, since, *(prompt for prompt, _ in spoilt.values()))
    told = together(own, folder, {key: ["wait 1s", f"press {key}", "wait 3s", "hang up"] for key in spoilt})
    assert "Traceback" not in log_since(own, since)
    for story in told.values():
        assert_in_order(story, UNKNOWN)
        assert "fault" not in story.prompts, story.text()
        assert_never_left_alone(story)
        assert only_record(own, story.number)["handoffs"] == [], story.text()


def test_what_nothing_can_speak(own: Hotline, folder: Path) -> None:
    """The voice has nowhere to put what it speaks: the caller hears the fault prompt, and without that reaches an agent
    all the same."""
    own.listener()
    since = log_size(own)
    built = Path(own.environ["IVR_PROMPTS"]) / "built"
    shutil.rmtree(built, ignore_errors=True)
    built.write_text("not a folder")
    for file in files(own, "service_menu"):
        file.unlink()
    wait_log(own, "recordings cannot be put in order", since)
    story = dial(own, folder, "wait 1s", "press 5", "wait 12s", "hang up")
    assert_in_order(story, "fault", "transferring")
    assert only_record(own, story.number)["handoffs"][0]["reason"] == "fallback", story.text()
    for prompt in ("fault", "transferring"):
        for file in files(own, prompt):
            file.unlink()
    wait_noticed(own, since, "fault", "transferring")
    story = dial(own, folder / "again", "wait 1s", "press 5", "wait for bye", agents=SOON)
    record = only_record(own, story.number)
    assert_in_order(story, MUSIC, AGENT, "goodbye")
    assert_never_left_alone(story)
    assert [(one["reason"], one["outcome"]) for one in record["handoffs"]] == [("fallback", "answered")]
