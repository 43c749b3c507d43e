"""The compliance report: clause by clause, the requirement, the evidence, its figures and a verdict. It says what can
be shown and names what cannot; nothing is taken for granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ivr.flow.codes import CODES, Severity
from ivr.flow.findings import Finding
from ivr.report.build import IndicatorRow, Report
from ivr.report.compliance.clauses import CLAUSES, Clause, EvidenceKind
from ivr.report.compliance.results import Results
from ivr.report.forms import bound, number, shown

ClauseVerdict = Literal["未达标", "无证据", "证据不全", "未验证", "无数据", "仅列示", "达标", "依赖文件说明"]

#: The unmet come first, what needs nobody's attention last.
ORDER: tuple[ClauseVerdict, ...] = (
    "未达标",
    "无证据",
    "证据不全",
    "未验证",
    "无数据",
    "仅列示",
    "达标",
    "依赖文件说明",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was looked at: what it is, what it says, and how it stands."""

    kind: EvidenceKind
    what: str
    figure: str
    verdict: ClauseVerdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A clause with its evidence and its verdict."""

    clause: Clause
    evidence: tuple[Evidence, ...]
    verdict: ClauseVerdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the figures: what `ivr check` found in the menus, whether it could check all of them
    (`checked`), how many leaves are tagged with each clause, what happened when, by kind ("revisions", "plans",
    "drills"), the results of tests by clause (None: no test run is at hand), and what other records show, by clause."""

    findings: tuple[Finding, ...]
    checked: bool
    tags: Mapping[str, int]
    dates: Mapping[str, Iterable[date]]
    results: Results | None = None
    records: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)


def judge(report: Report, known: Known) -> tuple[Judged, ...]:
    """Every clause, the unmet first."""
    rows = {row.indicator.id: row for row in report.whole.rows}
    judged = [_judged(clause, rows, known) for clause in CLAUSES]
    return tuple(sorted(judged, key=lambda one: ORDER.index(one.verdict)))


def codes_of(clause: str) -> tuple[str, ...]:
    """The codes of `ivr check` that ask for this clause: CBA 二十二 → F022, F024, …"""
    return tuple(code.id for code in CODES.values() if clause in _named(code.clause))


def _named(text: str) -> set[str]:
    """`HB 7.2.4, CBA 十九, 二十二` names three clauses; the standard is said once for those that follow."""
    found, standard = set(), ""
    for word in text.split(", "):
        head, _, rest = word.partition(" ")
        standard, name = (head, rest) if rest else (standard, head)
        found.add(f"{standard} {name}")
    return found


def _judged(clause: Clause, rows: Mapping[str, IndicatorRow], known: Known) -> Judged:
    evidence: list[Evidence] = []
    shown = known.records.get(clause.id, ())
    for kind in clause.kinds:
        more = [one for one in shown if one.kind == kind]
        match kind:
            case "S":
                evidence += [*_checked(clause, known), *more] or [_nothing(kind)]
            case "R":
                evidence += [*(_figure(rows[id_]) for id_ in clause.indicators), *more] or [_nothing(kind)]
            case "T":
                evidence.append(_tested(clause, known.results))
            case "P":
                evidence += more or [_dated(clause, known.dates)]
    evidence += [one for one in shown if one.kind not in clause.kinds]
    return Judged(clause, tuple(evidence), _verdict(clause, evidence))


def _verdict(clause: Clause, evidence: list[Evidence]) -> ClauseVerdict:
    found = {one.verdict for one in evidence}
    if clause.document:
        return "依赖文件说明"
    if "未达标" in found:
        return "未达标"
    if "无证据" in found:
        return "无证据" if found == {"无证据"} else "证据不全"
    return next(one for one in ("未验证", "无数据", "达标", "仅列示") if one in found)


def _nothing(kind: EvidenceKind) -> Evidence:
    return Evidence(kind, "没有", "", "无证据")


def _tested(clause: Clause, results: Results | None) -> Evidence:
    """What the last tests found, not that there are some."""
    if results is None:
        return Evidence("T", "没有试验结果", "", "未验证")
    own = results.get(clause.id, ())
    if not own:
        return Evidence("T", "结果中没有本条的试验", "", "未验证")
    failed = [one.name for one in own if not one.passed]
    told = f"{len(own) - len(failed)} 项通过，{len(failed)} 项失败，{max(one.day for one in own)}"
    return Evidence("T", "、".join(failed or [one.name for one in own]), told, "未达标" if failed else "达标")


def _checked(clause: Clause, known: Known) -> list[Evidence]:
    """The codes that ask for the clause, and the leaves that are tagged with it."""
    found: list[Evidence] = []
    if codes := codes_of(clause.id):
        errors = [one for one in known.findings if one.code in codes and one.severity == Severity.ERROR]
        warnings = [one for one in known.findings if one.code in codes and one.severity != Severity.ERROR]
        told = f"{len(errors)} 个错误，{len(warnings)} 个提醒"
        what = f"ivr check {'、'.join(codes)}"
        if errors or known.checked:
            found.append(Evidence("S", what, told, "未达标" if errors else "达标"))
        else:
            # a check that stopped at another error has not looked at this
            found.append(Evidence("S", what, "菜单有错误，没有查完", "无证据"))
    if tagged := known.tags.get(clause.id, 0):
        found.append(Evidence("S", "菜单业务标注", f"{tagged} 项业务标注了本条", "达标"))
    return found


def _figure(row: IndicatorRow) -> Evidence:
    figure, one = row.figure, row.indicator
    counts = "" if figure.reason else f"（{number(figure.numerator)}/{number(figure.denominator)}）"
    limit = f"，阈值 {bound(one.threshold)}" if one.threshold else ""
    verdict: ClauseVerdict = "仅列示" if row.verdict == "无阈值" else row.verdict
    return Evidence("R", f"{one.name} {one.id}", f"{shown(figure)}{counts}{limit}", verdict)


_DATES = {"revisions": "菜单改动记录", "plans": "标注抽样方案", "drills": "演练"}


def _dated(clause: Clause, dates: Mapping[str, Iterable[date]]) -> Evidence:
    days = sorted(set(dates.get(clause.dates, ())))
    if not days:
        return Evidence("P", f"{_DATES.get(clause.dates, '')}没有", "", "无证据")
    told = f"{len(days)} 天，最近 {days[-1]}"
    return Evidence("P", _DATES[clause.dates], told, "达标")
