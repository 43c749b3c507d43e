"""The worker: one message after the other, one recognition after the other, nothing said where it does not belong."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.recognition.worker import MOST_AUDIO, MOST_LINE, MOST_OPEN, WorkerServer, make
from tests.speech.toy_worker import ToyEngine


class At:
    """A desk and what it answered."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.desk = WorkerServer(ToyEngine(), self.said.append)

    def begin(self, id: int = 1, *words: str) -> At:
        """Begin an utterance."""
        return self.take(op="begin", id=id, words=list(words), closed=False, alone=[])

    def feed(self, pcm: bytes, id: int = 1) -> At:
        """Feed it."""
        return self.take(op="feed", id=id, pcm=base64.b64encode(pcm).decode())

    def take(self, **message: Any) -> At:
        """Any message."""
        self.desk.take(message)
        return self

    def work(self) -> list[dict[str, Any]]:
        """Do all there is to do; the answers since the last time."""
        while self.desk.busy:
            self.desk.work()
        said, self.said[:] = list(self.said), []
        return said


def test_an_utterance_is_fed_and_finished() -> None:
    at = At().begin().feed(b"ab").feed(b"cdef")
    assert at.work() == [{"id": 1, "partial": "2"}, {"id": 1, "partial": "6"}]
    (final,) = at.take(op="finish", id=1).work()
    assert final["final"]["text"] == "6" and final["final"]["language"] == "zh"


def test_several_are_open_at_once() -> None:
    at = At().begin(1).begin(2).feed(b"ab", 2).feed(b"a", 1)
    at.work()
    texts = {said["id"]: said["final"]["text"] for said in at.take(op="finish", id=2).take(op="finish", id=1).work()}
    assert texts == {1: "1", 2: "2"}


def test_what_was_begun_early_is_the_result_unless_speech_goes_on() -> None:
    at = At().begin().feed(b"ab").take(op="early", id=1)
    assert at.work() == [{"id": 1, "partial": "2"}]
    assert at.take(op="finish", id=1).work()[0]["final"] | {"took_ms": 0} == {
        "text": "2", "score": 0.5, "language": "early1", "audio_ms": 0, "took_ms": 0, "others": (),
    }  # fmt: skip
    at = At().begin().feed(b"ab").take(op="early", id=1)
    at.work()
    at.take(op="resume", id=1).feed(b"cd")
    assert at.take(op="finish", id=1).work()[-1]["final"]["text"] == "4"


def test_an_end_comes_before_what_may_be_an_end() -> None:
    at = At().begin(1).begin(2).take(op="early", id=1).take(op="finish", id=2)
    at.desk.work()
    assert [said["id"] for said in at.said] == [2] and at.desk.busy


def test_what_was_cancelled_costs_nothing() -> None:
    at = At().begin(1, "crash").take(op="finish", id=1).take(op="cancel", id=1)
    assert not at.desk.busy and at.work() == []
    assert at.feed(b"ab").take(op="finish", id=1).work() == []  # a latecomer


def test_one_that_fails_does_not_take_the_others_along() -> None:
    at = At().begin(1, "raise").begin(2).take(op="finish", id=1).take(op="finish", id=2)
    one, two = at.work()
    assert one == {"id": 1, "error": "RuntimeError"} and two["final"]["text"] == "0"


@pytest.mark.parametrize("where", ["begin", "feed", "so_far"])
def test_an_utterance_that_fails_before_its_end_fails_alone(where: str) -> None:
    at = At().begin(1, f"raise-{where}").begin(2).feed(b"ab", 1).feed(b"abc", 2).take(op="early", id=1)
    first = at.work()
    assert {"id": 1, "error": "ValueError"} in first and {"id": 2, "partial": "3"} in first
    assert "秘密" not in json.dumps(first, ensure_ascii=False)
    at.take(op="resume", id=1).feed(b"ab", 1).take(op="finish", id=1).take(op="finish", id=2)
    assert [said["id"] for said in at.work()] == [2]


def test_one_that_cannot_be_let_go_does_no_harm() -> None:
    at = At().begin(1, "raise-discard").take(op="cancel", id=1).begin(2, "raise-discard").take(op="early", id=2)
    at.work()
    at.take(op="finish", id=2).begin(3).feed(b"a", 3).take(op="finish", id=3)
    assert [said["id"] for said in at.work() if "final" in said] == [2, 3]


def test_there_are_bounds() -> None:
    at = At().begin()
    for _ in range(4):
        at.feed(bytes(MOST_AUDIO // 2))
    assert at.take(op="finish", id=1).work()[-1]["final"]["text"] == str(MOST_AUDIO)
    for id in range(MOST_OPEN + 1):
        at.begin(id)
    assert at.work() == [{"id": MOST_OPEN, "error": "too many utterances"}]


def test_words_that_it_never_hears_are_told() -> None:
    assert At().take(op="unknown", words=["挂失", "xyz"]).work() == [{"unknown": ["xyz"]}]


@pytest.mark.parametrize("engine", ["", "whisper2", "../vosk"])
def test_an_engine_that_there_is_not(engine: str, tmp_path: Any) -> None:
    with pytest.raises(Exception, match="识别引擎"):
        make(engine, tmp_path)


# ---- the process


def ran(lines: bytes, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, answers, and what went to stderr."""
    command = [sys.executable, "-m", "tests.speech.toy_worker", *arguments]
    done = subprocess.run(command, input=lines, capture_output=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def line(**message: Any) -> bytes:
    """One message as it is written."""
    return json.dumps(message).encode() + b"\n"


def test_it_ends_with_its_input_and_prints_answers_only() -> None:
    status, said, errors = ran(
        line(op="begin", id=1, words=["raise"], closed=False, alone=[]) + line(op="finish", id=1) + line(op="ping", n=5)
    )
    assert status == 0 and said == [{"ready": "toy"}, {"pong": 5}]  # who closes the pipe wants no result
    assert "秘密" not in errors


BAD = {
    "no json": b"no json\n",
    "a list": b"[]\n",
    "no op": b"{}\n",
    "no words": line(op="begin", id=1),
    "no number": line(op="feed", id="x", pcm=""),
    "no utf-8": b"\xff\xfe\n",
    "no base64": line(op="begin", id=1, words=[], closed=False, alone=[]) + line(op="feed", id=1, pcm="*"),
    "no such op": line(op="begin", id=1, words=[], closed=False, alone=[]) + line(op="dance", id=1),
    "too long": b"x" * (MOST_LINE + 70000),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_message_ends_it(bad: str) -> None:
    status, said, errors = ran(BAD[bad] + line(op="ping", n=1))
    assert status == 3 and said == [{"ready": "toy"}] and "Traceback" not in errors


def test_trouble_with_the_model_is_told_first() -> None:
    assert ran(b"", "--trouble")[:2] == (1, [{"error": "模型坏了"}])


@given(
    st.lists(
        st.tuples(st.sampled_from(["begin", "feed", "early", "resume", "finish", "cancel"]), st.integers(1, 3)),
        max_size=30,
    )
)
def test_any_order_of_messages_gives_one_result_for_each_end(messages: list[tuple[str, int]]) -> None:
    at, open_now, wanted = At(), set(), 0
    ended: set[int] = set()
    for op, id in messages:
        if op == "begin" and id in open_now:
            continue
        at.take(op=op, id=id, words=[], closed=False, alone=[], pcm="YWI=")
        if op == "begin":
            open_now.add(id)
        elif op == "cancel":
            open_now.discard(id)
            wanted -= id in ended
            ended.discard(id)
        elif op == "finish" and id in open_now and id not in ended:
            ended.add(id)
            wanted += 1
    assert sum("final" in said for said in at.work()) == wanted
