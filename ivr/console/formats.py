"""How values are written on pages: moments, spans, numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivr.records import days
from ivr.records.numbers import masked


def moment(t: int | None) -> str:
    """A moment (UTC epoch ms) in local time, to the second; an em dash where there is none."""
    return "—" if t is None else f"{days.moment(t):%Y-%m-%d %H:%M:%S}"


def minute(t: int | None) -> str:
    """The same to the minute."""
    return "—" if t is None else f"{days.moment(t):%Y-%m-%d %H:%M}"


def clock(t: int | None) -> str:
    """The time of day alone."""
    return "—" if t is None else f"{days.moment(t):%H:%M:%S}"


def span(ms: int | None) -> str:
    """A span (ms) as 3:07 or 1:02:03, days before it where there are any."""
    if ms is None:
        return "—"
    sign, seconds = ("-" if ms < 0 else ""), abs(ms) // 1000
    hours, rest = divmod(seconds, 3600)
    if hours >= 48:
        return f"{sign}{hours // 24} 天 {hours % 24} 小时"
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{sign}{rest // 60}:{rest % 60:02}"


def percent(value: float | None) -> str:
    """A ratio as 87.5 %; an em dash where nothing was counted."""
    return "—" if value is None else f"{100 * value:.1f}%"


def number(text: str | None) -> str:
    """A telephone number or customer's number, masked."""
    return "—" if not text else masked(text)


def who(person: str | None) -> str:
    """Who did something, by id; the hotline itself by its word."""
    return "系统" if person == "system" else person or "—"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "minute": minute,
    "clock": clock,
    "span": span,
    "percent": percent,
    "masked": number,
    "who": who,
}
