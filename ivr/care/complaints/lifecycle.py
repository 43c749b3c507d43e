"""The states of a complaint and what may be done in each: one table that reads like a document, and how a step is
written down. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ivr.errors import ComplaintRefused
from ivr.records.complaints.model import Case, State, Step, StepKind

_COLUMNS = {
    "rec": State.RECEIVED,
    "acc": State.ACCEPTED,
    "ack": State.ACKNOWLEDGED,
    "wrk": State.IN_WORK,
    "pas": State.PASSED_ON,
    "dec": State.DECIDED,
    "not": State.NOTIFIED,
    "cal": State.CALLED_BACK,
    "clo": State.CLOSED,
    "wit": State.WITHDRAWN,
    "mer": State.MERGED,
}

#: Step × state in which it may be taken: x.
_TABLE = """
                rec acc ack wrk pas dec not cal clo wit mer
supplement       x   x   x   x   x   .   .   .   .   .   .
accept           x   .   .   .   .   .   .   .   .   .   .
assign           .   x   x   x   x   .   .   .   .   .   .
acknowledge      .   x   .   .   .   .   .   .   .   .   .
pass_on          .   .   x   x   x   .   .   .   .   .   .
receipt          .   .   .   .   x   .   .   .   .   .   .
extend           .   x   x   x   x   .   .   .   .   .   .
approve          .   x   x   x   x   .   .   .   .   .   .
tell_extension   .   x   x   x   x   .   .   .   .   .   .
decide           .   .   .   x   x   .   .   .   .   .   .
notify           .   .   .   .   .   x   .   .   .   .   .
call_back        .   .   .   .   .   .   x   x   .   .   .
close            .   .   .   .   .   .   .   x   .   .   .
reopen           .   .   .   .   .   .   x   x   x   x   .
withdraw         x   x   x   x   x   x   .   .   .   .   .
merge            x   x   x   x   x   .   .   .   .   .   .
"""


def _allowed(table: str) -> dict[StepKind, frozenset[State]]:
    head, *lines = table.strip("\n").splitlines()
    columns = [_COLUMNS[name] for name in head.split()]
    rows = {StepKind(name): cells for name, *cells in (line.split() for line in lines)}
    return {
        kind: frozenset(state for state, cell in zip(columns, cells, strict=True) if cell == "x")
        for kind, cells in rows.items()
    }


#: Step → the states in which it may be taken.
ALLOWED: Mapping[StepKind, frozenset[State]] = _allowed(_TABLE)

#: Why a step cannot be taken yet, or any more, where the state's name alone does not say it.
_WHY = {
    (StepKind.DECIDE, State.ACKNOWLEDGED): "先指派处理人（assign）或转办（pass-on）",
    (StepKind.NOTIFY, State.IN_WORK): "先作出处理决定（decide）",
    (StepKind.CLOSE, State.DECIDED): "先告知客户处理决定（notify），再回访（call-back）",
    (StepKind.CLOSE, State.NOTIFIED): "先回访客户（call-back）",
    (StepKind.ACKNOWLEDGE, State.RECEIVED): "先受理（accept）",
    (StepKind.ASSIGN, State.RECEIVED): "先受理（accept）",
    (StepKind.PASS_ON, State.ACCEPTED): "先答复客户已受理（acknowledge）",
    (StepKind.WITHDRAW, State.NOTIFIED): "处理决定已经告知客户",
}


@dataclass(frozen=True, slots=True)
class By:
    """Who takes a step, when (epoch ms), and why or how."""

    person: str
    at: int
    why: str | None = field(default=None, repr=False)


Change = tuple[Case, Step]


def may(case: Case, kind: StepKind) -> bool:
    """Whether the state allows the step."""
    return case.state in ALLOWED[kind]


def require(case: Case, kind: StepKind) -> None:
    """Raises ComplaintRefused where the state does not allow the step; the text says why."""
    if may(case, kind):
        return
    into = f"（已并入 {case.merged_into}）" if case.merged_into else ""
    hint = _WHY.get((kind, case.state))
    why = f"：{hint}" if hint else f"，只有{'、'.join(one.label for one in State if one in ALLOWED[kind])}的才可以"
    raise ComplaintRefused(f"投诉 {case.id} {case.state.label}{into}，不能{kind.label}{why}")


def said(text: str, what: str) -> str:
    """The text without blanks around it. Raises ComplaintRefused where there is none; `what` is missing then."""
    if not text.strip():
        raise ComplaintRefused(f"请写明{what}")
    return text.strip()


def taken(after: Case, kind: StepKind, state: State, by: By, **detail: object) -> Change:
    """The case after a step, in its new state, and the step; `detail` says what changed."""
    told = {name: str(value) for name, value in detail.items() if value is not None}
    done = replace(after, state=state, version=after.version + 1)
    return done, Step(done.id, done.version, kind, state, by.person, by.at, by.why, told)
