"""A worker with an engine of the tests' own: `python -m tests.speech.toy_worker`. What it hears is how many bytes it
was fed; the first context word says how it behaves."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from ivr.errors import ModelUnusable
from ivr.speech.recognition import worker
from ivr.speech.recognition.recogniser import Engine, Expected, Recognised


class ToyUtterance:
    """Counts bytes. `hang`: never finishes; `crash`: takes the process with it; `raise`: fails; `slow`: 0.3 s; `raise-`
    and the name of a method: fails there."""

    def __init__(self, expected: Expected) -> None:
        self.how = expected.words[0] if expected.words else ""
        self.bytes = 0
        self.looked = 0

    def feed(self, pcm: bytes) -> str:
        """How many bytes so far."""
        self._may_fail("feed")
        self.bytes += len(pcm)
        return str(self.bytes)

    def so_far(self) -> Recognised | None:
        """As finish; told apart by its language."""
        self._may_fail("so_far")
        self.looked += 1
        return Recognised(f"{self.bytes}", 0.5, f"early{self.looked}", self.bytes // 16, 5)

    def finish(self) -> Recognised:
        """Behave."""
        if self.how == "hang":
            while True:
                time.sleep(1)
        if self.how == "crash":
            os._exit(9)
        if self.how == "raise":
            raise RuntimeError("秘密")
        if self.how == "slow":
            time.sleep(0.3)
        return Recognised(f"{self.bytes}", 0.9, "zh", self.bytes // 16, 7)

    def discard(self) -> None:
        """Nothing to tidy up."""
        self._may_fail("discard")

    def _may_fail(self, where: str) -> None:
        if self.how == f"raise-{where}":
            raise ValueError("秘密")


class ToyEngine:
    """See ivr.speech.recognition.recogniser.Engine."""

    name = "toy"

    def begin(self, expected: Expected) -> ToyUtterance:
        """An utterance."""
        if "raise-begin" in expected.words:
            raise ValueError("秘密")
        return ToyUtterance(expected)

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """Words with an x."""
        return tuple(word for word in words if "x" in word)


def load() -> Engine:
    """The engine, or what `--trouble` wants."""
    print("what a library prints")  # must not come between the answers
    if "--trouble" in sys.argv:
        raise ModelUnusable("模型坏了")
    if "--die" in sys.argv:
        os._exit(4)
    return ToyEngine()


if __name__ == "__main__":
    sys.exit(worker.run(load))
