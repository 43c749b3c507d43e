"""The bench of listening counts what it says it counts."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.speech.audio import wav
from ivr.speech.voice_activity.vad import Chosen
from tests.bench import hearing
from tests.speech.hearing import Loud, noise
from tests.speech.speaking import silence, tone

LOUD = Chosen("loud", "", Loud)


def said(at_ms: int, seconds: float = 0.5) -> wav.Samples:
    return np.concatenate([silence(at_ms / 1000), tone(seconds), silence(1.5)])


def test_starts_and_ends_are_counted_for_each_turn() -> None:
    heard = hearing.listen([[(None, said(1000)), (None, silence(1.0))], [(None, said(2000))]], LOUD)
    assert heard.starts == [[1080], [], [2080]]
    assert heard.ends == [[2100], [], [3100]]
    assert heard.frames == (3000 + 1000 + 4000) // 20
    assert "µs a frame" in heard.cost


@pytest.mark.parametrize(("begins", "expected", "met"), [(0, "p50 80, p95 80", True), (-500, "too early 1", False)])
def test_delays_count_from_the_first_speech(begins: int, expected: str, met: bool) -> None:
    row = hearing.spoken("x", [tone(0.5)], lambda _, words: [(None, said(1000 + begins))], LOUD)
    assert expected in row.result
    assert row.met is met
    assert ("missed 1" in row.result) is not met


def test_what_nobody_notices_is_missed() -> None:
    row = hearing.spoken("x", [tone(0.5)], lambda _, words: [(None, noise(3, -60))], LOUD)
    assert "nothing measured; missed 1, too early 0" in row.result
    assert row.met is False


def test_the_situations_last_half_an_hour() -> None:
    seconds = {
        name: sum(len(heard) for call in calls for _, heard in call) / wav.RATE
        for name, calls in hearing.situations(1.0)
    }
    assert 1700 <= sum(seconds.values()) <= 2400
    assert min(seconds.values()) >= 100


def test_words_are_said_over_the_last_prompt_of_five() -> None:
    lines = list(hearing.echo(3, tone(0.5, -10)))
    assert len(lines) == 5
    assert all(played is not None for played, _ in lines)
    alone = list(hearing.echo(3))
    more = lines[4][1][8000:12000] - alone[4][1][8000:12000]
    assert np.sqrt((more**2).mean()) == pytest.approx(10**-0.5, rel=0.05)
