"""What the running hotline says of edits that wait for a second person (CBA 四十三): figures and words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from prometheus_client.core import GaugeMetricFamily, Metric


class EditWaits(IntEnum):
    """What the working copy holds beside what is served."""

    NOTHING = 0
    NOT_PROPOSED = 1
    PROPOSED = 2
    BROKEN = 3


@dataclass(frozen=True, slots=True)
class PublishingState:
    """`publication` is the number that is served; `edit` what the working copy holds; `drafts` wait for a second
    person, `unconfirmed` emergency publications too, `overdue` of them for too long, or were found wrong.
    `late_notices`: maintenance notices that are served and come too late (HB 4.5.9)."""

    publication: int
    edit: EditWaits = EditWaits.NOTHING
    drafts: int = 0
    unconfirmed: int = 0
    overdue: int = 0
    late_notices: int = 0

    def with_edit(self, edit: EditWaits) -> PublishingState:
        """The same where the working copy holds something else."""
        return replace(self, edit=edit)


_FIGURES = {
    "ivr_flow_publication": "number of the publication that is served",
    "ivr_flow_edit_waits": "what flows/ holds beside it: 0 nothing, 1 an edit, 2 one that is proposed, 3 errors",
    "ivr_flow_drafts_open": "drafts that wait for a second person",
    "ivr_flow_unconfirmed": "emergency publications that wait for a second person",
    "ivr_flow_unconfirmed_overdue": "of these, how many have waited too long, or were found wrong",
    "ivr_flow_late_notices": "maintenance notices less than a day ahead, without leave of an emergency lead",
}


def figures(state: PublishingState | None) -> Iterator[Metric]:
    """For Prometheus; none where edits are served without a second person."""
    if state is not None:
        waits = state.drafts, state.unconfirmed, state.overdue
        numbers = (state.publication, state.edit, *waits, state.late_notices)
        for (name, what), number in zip(_FIGURES.items(), numbers, strict=True):
            yield GaugeMetricFamily(name, what, int(number))


def read(values: Mapping[str, Mapping[str, float]]) -> PublishingState | None:
    """The same read back. Raises KeyError where only some of them are there, ValueError for an unknown number."""
    if "ivr_flow_publication" not in values:
        return None
    publication, edit, *others = (int(values[name][""]) for name in _FIGURES)
    return PublishingState(publication, EditWaits(edit), *others)


def warnings(state: PublishingState | None) -> Iterator[str]:
    """What somebody has to see to, one sentence each, in Chinese."""
    if state is None:
        return
    if state.edit is EditWaits.NOT_PROPOSED:
        yield f"flows/ 有改动没有生效（正在服务的是发布 {state.publication}）：用 ivr flow propose 提交，由另一人发布"
    elif state.edit is EditWaits.PROPOSED:
        yield f"flows/ 的改动已提交，等另一人复核发布（正在服务的是发布 {state.publication}）：ivr flow history"
    elif state.edit is EditWaits.BROKEN:
        yield f"flows/ 有错误，没有生效（正在服务的是发布 {state.publication}）：ivr check"
    if waiting := state.unconfirmed - state.overdue:
        yield f"{waiting} 次紧急发布等另一人补审：ivr flow history"
    if state.overdue:
        yield f"{state.overdue} 次紧急发布超过一天没有补审，或补审不同意：ivr flow history"
    if state.late_notices:
        yield f"{state.late_notices} 条维护公告不足二十四小时，又没有应急负责人在审计里的同意：ivr announcements list"
