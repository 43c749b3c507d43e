"""What the running hotline says of complaints (CBA 五十, HB 10.2): figures and words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric


@dataclass(frozen=True, slots=True)
class ComplaintsState:
    """`open` complaints have something left to be done, `overdue` of them are late, `soon` are due soon; `stuck` have a
    work order that nobody has acknowledged for too long."""

    open: int = 0
    overdue: int = 0
    soon: int = 0
    stuck: int = 0


_FIGURES = {
    "ivr_complaints_open": "complaints with something left to be done",
    "ivr_complaints_overdue": "of these, how many were not answered or decided in time",
    "ivr_complaints_due_soon": "of these, how many are due soon",
    "ivr_complaints_stuck": "of these, how many have a work order without a receipt for too long",
}


def figures(state: ComplaintsState) -> Iterator[Metric]:
    """For Prometheus."""
    numbers = (state.open, state.overdue, state.soon, state.stuck)
    for (name, what), number in zip(_FIGURES.items(), numbers, strict=True):
        yield GaugeMetricFamily(name, what, number)


def read(values: Mapping[str, Mapping[str, float]]) -> ComplaintsState:
    """The same read back. Raises KeyError where one is missing."""
    return ComplaintsState(*(int(values[name][""]) for name in _FIGURES))


def warnings(state: ComplaintsState) -> Iterator[str]:
    """What somebody has to see to, one sentence each, in Chinese."""
    if state.overdue:
        yield f"{state.overdue} 件投诉没有按期答复或处理：ivr complaints due"
    if state.soon:
        yield f"{state.soon} 件投诉即将到期：ivr complaints due"
    if state.stuck:
        yield f"{state.stuck} 张投诉工单超过 24 小时没有回执：ivr complaints due"
