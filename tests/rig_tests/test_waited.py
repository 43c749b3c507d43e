"""What was waited for is added up by purpose and told."""

from __future__ import annotations

import time
from collections import defaultdict

import pytest

from tests.rig import waited
from tests.rig.waited import told, waiting


def test_of_blocks_within_one_another_the_outermost_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 13.0, 20.0, 25.0])
    monkeypatch.setattr(waited, "seconds", defaultdict(float))
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with waiting("for callers"), waiting("for conditions"):
        pass
    with pytest.raises(OSError), waiting("for callers"):
        raise OSError
    assert waited.seconds == {"for callers": 8.0}


def test_the_longest_comes_first() -> None:
    line = told({"for callers": 3.0, "for hotlines to start": 60.4}, 4, 1)
    assert line == (
        "waited, in 4 processes beside each other: for hotlines to start 60 s, for callers 3 s; "
        "calls made again because the machine stood still: 1"
    )
    assert told({}, 1, 0) == ""
