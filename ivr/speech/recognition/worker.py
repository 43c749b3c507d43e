"""Child process that recognises: `python -m ivr.speech.recognition.worker --engine whisper --model FOLDER`.

JSON Lines on stdin, each with `op` and mostly `id` (the utterance's, chosen by the parent):
`begin` (`words`, `closed`, `alone`), `feed` (`pcm`, base64 of 8 kHz 16 bit sound), `early` (recognise what is there:
the caller may have finished), `resume` (no, speech goes on), `finish`, `cancel`, `ping`, `unknown` (`words`).
On stdout: `{"ready": engine}` or `{"error": why}` first, then `{"id", "partial"}`, `{"id", "final": {…}}`,
`{"id", "error"}`, `{"pong"}`, `{"unknown": […]}`. One thread; several utterances may be open. What is asked for is
taken in before the next recognition is begun, so that what was cancelled meanwhile costs nothing; finished utterances
come before early ones. It ends with stdin. Nothing that was said is written anywhere but to stdout.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import dataclasses
import json
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivr import core_dumps
from ivr.errors import ModelUnusable
from ivr.speech.recognition.engines import ENGINES
from ivr.speech.recognition.recogniser import Engine, Expected, Recognised, Utterance

#: A longer line is no message of ours; an utterance longer than this is cut (30 s are what whisper can take in).
MOST_LINE = 512 * 1024
MOST_AUDIO = 30 * 16_000
#: Utterances that may be open at once, and context words of one.
MOST_OPEN = 64
MOST_WORDS = 200

#: Asterisk and the event loop come first.
NICENESS = 5

_STATUS_BAD_LINE = 3


def make(engine: str, model: Path) -> Engine:
    """Load the engine of that name with its model and warm it up. Raises ModelUnusable."""
    if engine not in ENGINES:
        raise ModelUnusable(f"没有叫 {engine!r} 的识别引擎，可用：{'、'.join(ENGINES)}")
    return ENGINES[engine].load(model)


@dataclasses.dataclass(slots=True)
class _Open:
    """One utterance: `early` is what was recognised when the caller seemed to have finished."""

    utterance: Utterance
    bytes: int = 0
    partial: str = ""
    wants_early: bool = False
    wants_final: bool = False
    early: Recognised | None = None


class WorkerServer:
    """The open utterances and what is to be done, apart from pipes: `take` takes one message, `work` does one job."""

    def __init__(self, engine: Engine, answer: Callable[[dict[str, Any]], None]) -> None:
        self._engine = engine
        self._answer = answer
        self._open: dict[int, _Open] = {}

    @property
    def busy(self) -> bool:
        """Whether a recognition waits to be done."""
        return any(each.wants_final or each.wants_early for each in self._open.values())

    def take(self, message: dict[str, Any]) -> None:
        """Take a message in. Raises KeyError, TypeError or ValueError where it is none of ours."""
        op = message["op"]
        if op == "ping":
            self._answer({"pong": message["n"]})
        elif op == "unknown":
            self._answer({"unknown": list(self._engine.unknown([str(word) for word in message["words"]]))})
        elif op == "begin":
            self._begin(int(message["id"]), message)
        elif (found := self._open.get(int(message["id"]))) is not None:
            self._more(op, int(message["id"]), found, message)

    def _begin(self, id: int, message: dict[str, Any]) -> None:
        if len(self._open) >= MOST_OPEN or id in self._open:
            self._answer({"id": id, "error": "too many utterances"})
            return
        words, alone = (tuple(str(word)[:32] for word in message[name][:MOST_WORDS]) for name in ("words", "alone"))
        expected = Expected(words, bool(message["closed"]), alone, str(message.get("alphabet", ""))[:MOST_WORDS])
        try:
            self._open[id] = _Open(self._engine.begin(expected))
        except Exception as wrong:  # noqa: BLE001 - as in `_failed`
            self._failed(id, wrong)

    def _more(self, op: str, id: int, found: _Open, message: dict[str, Any]) -> None:
        if op == "feed":
            pcm = base64.b64decode(message["pcm"], validate=True)[: MOST_AUDIO - found.bytes]
            if pcm:
                found.bytes += len(pcm)
                try:
                    partial = found.utterance.feed(pcm)
                except Exception as wrong:  # noqa: BLE001 - as in `_failed`
                    self._failed(id, wrong)
                    return
                if partial != found.partial:
                    found.partial = partial
                    self._answer({"id": id, "partial": partial})
        elif op == "early":
            found.wants_early = True
        elif op == "resume":
            found.wants_early, found.early = False, None
        elif op == "finish":
            found.wants_final = True
        elif op == "cancel":
            self._close(id)
        else:
            raise ValueError("unknown op")

    def _failed(self, id: int, wrong: Exception) -> None:
        """One bad utterance must not end the others; its text stays unsaid, as an error of the engine may hold it."""
        self._answer({"id": id, "error": type(wrong).__name__})
        self._close(id)

    def _close(self, id: int) -> None:
        """The utterance is over; an engine that cannot even let it go has told so already, or nobody waits for it."""
        if (found := self._open.pop(id, None)) is not None:
            with contextlib.suppress(Exception):
                found.utterance.discard()

    def work(self) -> None:
        """Do one recognition: an utterance that has ended, the one begun first, else one that may have ended."""
        wanted = [(id, each) for id, each in self._open.items() if each.wants_final]
        if wanted:
            id, found = wanted[0]
            try:
                if found.early is None:
                    result = found.utterance.finish()
                    del self._open[id]
                else:
                    result = dataclasses.replace(found.early, took_ms=0)
                    self._close(id)
                self._answer({"id": id, "final": dataclasses.asdict(result)})
            except BrokenPipeError:
                raise
            except Exception as wrong:  # noqa: BLE001 - as in `_failed`
                self._failed(id, wrong)
            return
        for id, each in self._open.items():
            if each.wants_early:
                each.wants_early = False
                try:
                    each.early = each.utterance.so_far()
                except Exception as wrong:  # noqa: BLE001 - as in `_failed`
                    self._failed(id, wrong)
                return


def serve(server: WorkerServer, source: int) -> int:
    """Read lines from the descriptor until it ends; returns the exit status."""
    unread = b""
    while True:
        waiting = b"\n" in unread
        if not waiting and server.busy and not select.select([source], [], [], 0)[0]:
            server.work()
            continue
        if not waiting:
            more = os.read(source, 1 << 16)
            if not more:
                return 0
            unread += more
            if len(unread) > MOST_LINE and b"\n" not in unread:
                return _STATUS_BAD_LINE
            continue
        line, _, unread = unread.partition(b"\n")
        try:
            server.take(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            return _STATUS_BAD_LINE


def run(load: Callable[[], Engine]) -> int:
    """Load the engine and serve stdin; whatever a library prints goes to stderr, not between the answers."""
    os.nice(NICENESS)
    core_dumps.forbid()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)

        def answer(message: dict[str, Any]) -> None:
            out.write(json.dumps(message, ensure_ascii=False) + "\n")
            out.flush()

        try:
            engine = load()
        except ModelUnusable as wrong:
            answer({"error": str(wrong)})
            return 1
        answer({"ready": engine.name})
        try:
            return serve(WorkerServer(engine, answer), 0)
        except BrokenPipeError:
            return 0  # the parent is gone


def main(arguments: list[str]) -> int:
    """`--engine NAME --model FOLDER`; returns the exit status."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    return run(lambda: make(given.get("--engine", ""), Path(given.get("--model", ""))))


if __name__ == "__main__":
    sys.excepthook = lambda kind, wrong, trace: print(
        f"ivr.speech.recognition.worker: {kind.__name__}", file=sys.stderr
    )
    sys.exit(main(sys.argv[1:]))
