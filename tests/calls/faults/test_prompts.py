"""Recordings vanish or spoil while calls go on: the caller hears the fault prompt or reaches an agent, never silence,
and the log names the file ("Bad input to survive")."""

from __future__ import annotations

import shutil
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
    only_record,
    wait_prompt,
)
from tests.rig.hotline import TOP, Hotline, hotline

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


def test_a_missing_file(own: Hotline, folder: Path) -> None:
    own.ear()  # before the file is gone
    since = log_size(own)

    def remove(number: str) -> None:
        wait_prompt(own, number, "greeting")
        for file in files(own, "cards_menu"):
            file.unlink()

    story = dial(own, folder, "wait 6s", "press 2", "wait for bye", agents=SOON, meanwhile=remove)
    record = only_record(own, story.number)
    assert_in_order(story, "main_menu", "fault", "transferring", MUSIC, AGENT, "goodbye")
    assert_never_left_alone(story)
    assert [(one["reason"], one["outcome"]) for one in record["handoffs"]] == [("fallback", "answered")]
    log = log_since(own, since)
    assert "cards_menu" in log
    assert "Traceback" not in log, log


def test_a_file_that_cannot_be_played(own: Hotline, folder: Path) -> None:
    """Not a WAV, an empty file, a WAV without sound: each in a call of its own."""
    own.ear()
    spoilt = {"1": ("accounts_menu", b"\x00\xff garbage"), "3": ("loans_menu", b""), "4": ("loss_menu", None)}
    since = log_size(own)
    for prompt, data in spoilt.values():
        for file in files(own, prompt):
            file.write_bytes(file.read_bytes()[:44] if data is None else data)
    told = together(own, folder, {key: ["wait 1s", f"press {key}", "wait 12s", "hang up"] for key in spoilt})
    log = log_since(own, since)
    assert "Traceback" not in log
    for key, (prompt, _) in spoilt.items():
        story = told[key]
        record = only_record(own, story.number)
        assert_in_order(story, "fault", "transferring")
        assert_never_left_alone(story)
        assert record["handoffs"][0]["reason"] == "fallback", story.text(record)
        assert prompt in log


def test_even_the_fault_prompt_is_gone(own: Hotline, folder: Path) -> None:
    own.ear()
    for prompt in ("service_menu", "fault", "transferring"):
        for file in files(own, prompt):
            file.unlink()
    story = dial(own, folder, "wait 1s", "press 5", "wait for bye", agents=SOON)
    record = only_record(own, story.number)
    assert_in_order(story, MUSIC, AGENT, "goodbye")
    assert_never_left_alone(story)
    assert [(one["reason"], one["outcome"]) for one in record["handoffs"]] == [("fallback", "answered")]
