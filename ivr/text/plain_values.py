"""The values of a prompt's placeholders as they are written, not spoken: 1,234.50元, 2026年10月1日, 1001."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from ivr.text.numbers import SPEAKERS, Value, speak


def write(kind: str, value: Value) -> str:
    """`value` of a placeholder of type `kind` (a key of SPEAKERS). Raises ValueError as `speak` does."""
    speak(kind, value)  # the same values are possible, and no others
    return _WRITERS[kind](value) if kind in _WRITERS else str(value).strip()


def _amount(value: Value) -> str:
    if isinstance(value, str):
        return f"{value.strip()}元"
    sign, fen = "-" if value < 0 else "", abs(value)
    return f"{sign}{fen // 100:,}.{fen % 100:02}元"


def _date(value: Value) -> str:
    day = date.fromisoformat(str(value))
    return f"{day.year}年{day.month}月{day.day}日"


def _time(value: Value) -> str:
    return f"{value // 60}:{value % 60:02}" if isinstance(value, int) else value.strip()


#: Types whose values are not written as they are.
_WRITERS: Mapping[str, Callable[[Value], str]] = {
    "amount": _amount, "date": _date, "time": _time, "word": SPEAKERS["word"],
}  # fmt: skip
