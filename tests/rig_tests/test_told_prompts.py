"""Where the record's prompts are not those on the wire, that is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rig.heard import MUSIC, Heard
from tests.rig.told_prompts import told_otherwise

WIRE = [
    Heard("greeting", "normal", 100.0, 103.0),
    Heard("main_menu", "normal", 103.1, 105.0, whole=False, cut_ms=1900),
    Heard(MUSIC, "jazz", 106.0, 120.0),
    Heard("agent_number", "", 121.0, 123.0),
]


def told(prompt: str, t: int, t_end: int | None, cut: str | None = None) -> dict[str, Any]:
    return {"prompt": prompt, "t": t, "t_end": t_end, "cut": cut, "values": False}


RECORD = [told("greeting", 99_990, 103_010), told("main_menu", 103_060, 105_080, "key")]


def test_what_agrees_is_not_spoken_of() -> None:
    assert told_otherwise(WIRE, {"prompts_heard": RECORD}) == []
    cut_at_once = told("keys", 105_100, 105_200, "key")
    unknown_end = told("greeting", 99_990, None)
    assert told_otherwise(WIRE, {"prompts_heard": [unknown_end, RECORD[1], cut_at_once]}) == []


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (RECORD[:1], "main_menu was heard at 103.10, and the record does not say so"),
        ([*RECORD, told("goodbye", 130_000, 131_000)], "the record has goodbye at 130.00, which was not heard then"),
        ([told("greeting", 98_000, 103_000), RECORD[1]], "the record has greeting at 98.00"),
        ([told("greeting", 100_000, 101_000), RECORD[1]], "greeting was heard until 103.00, the record says 101.00"),
        ([told("greeting", 100_000, 103_000, "voice"), RECORD[1]], "greeting was heard to its end"),
        ([RECORD[0], told("main_menu", 103_060, 105_080)], "main_menu was cut after 1900 ms"),
        ([], "greeting was heard at 100.00"),
    ],
)
def test_what_does_not_agree_is_said(record: list[dict[str, Any]], words: str) -> None:
    assert any(words in one for one in told_otherwise(WIRE, {"prompts_heard": record}))
    assert told_otherwise(WIRE, {}) != []
