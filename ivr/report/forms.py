"""A report as JSON and as CSV, and its numbers as people read them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ivr.metrics.counted import Counted, Number, Unit
from ivr.metrics.indicators.indicator import Indicator, Threshold
from ivr.metrics.labels.norm import NORM
from ivr.metrics.labels.sampling import Coverage
from ivr.metrics.lists import KINDS
from ivr.records import days
from ivr.records.counting.sums import Item
from ivr.records.numbers import masked, plain
from ivr.report.build import IndicatorRow, Listed, Period, Report

#: The last moment that a calendar here has.
#: What stands where there is no figure.
NO_FIGURE = "—"

_COLUMNS = (
    "from", "to", "id", "name", "clause", "numerator", "denominator", "value", "unit", "threshold", "verdict",
    "previous", "trend",
    "provisional", "excluded", "parts", "interval_low", "interval_high", "formula", "reading", "reason",
    "part",
)  # fmt: skip
_EXTRA: Mapping[Unit, str] = {"ratio": "%", "ms": " 秒", "per_10000": " /万笔", "count": "", "score": " 分"}
_SCALE: Mapping[Unit, Fraction] = {"ratio": Fraction(100), "ms": Fraction(1, 1000)}


def to_json(report: Report) -> str:
    """One JSON object: `indicators` by id over the whole period, and `periods` where parts were asked for. Values are
    as requirements 2.3 has them: a rate is 0.27…, an average is in milliseconds, no figure is null. `sampling` says
    how the turns behind the recognition figures were drawn."""
    done: dict[str, Any] = {
        **_span(report.whole),
        "as_of": None if report.as_of is None else datetime.fromtimestamp(report.as_of / 1000, UTC).isoformat(),
        "normalisation": NORM,
        "sampling": [_sampled(one) for one in report.sampling],
        "indicators": _indicators(report.whole),
        "lists": {one.kind: _listed(one) for one in report.lists},
    }
    if report.by is not None:
        done["by"] = report.by
        done["periods"] = [{**_named(part), "indicators": _indicators(part)} for part in report.parts]
    return json.dumps(done, ensure_ascii=False, indent=2) + "\n"


def to_csv(report: Report) -> str:
    """A line for each indicator of each part (of the whole, where no parts were asked for), columns named in the first
    line; no figure is an empty field."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for period in report.parts or (report.whole,):
        for row in period.rows:
            writer.writerow(_line(period, row))
    return out.getvalue()


def shown(figure: Counted) -> str:
    """The value as people read it: 27.27%, 8.500 秒, 1.50 /万笔; — where there is none."""
    exact = figure.exact
    if exact is None:
        return NO_FIGURE
    if figure.unit == "count" and exact.denominator == 1:
        return str(exact)
    places = 3 if figure.unit == "ms" else 2
    return _rounded(exact * _SCALE.get(figure.unit, Fraction(1)), places) + _EXTRA[figure.unit]


def trend(row: IndicatorRow) -> str:
    """How the value stands to the period before: ↑, ↓ or →; empty where one of them has none."""
    now, before = row.figure.exact, row.previous.exact
    if now is None or before is None:
        return ""
    return "→" if now == before else "↑" if now > before else "↓"


def part_name(period: Period) -> str:
    """10:00–10:59, 队列 cards, or the days."""
    days = f"{period.since}" if period.since == period.until else f"{period.since} 至 {period.until}"
    match period.part:
        case "hour":
            return f"{days}　{int(period.name):02d}:00–{int(period.name):02d}:59"
        case "queue":
            return f"{days}　队列 {plain(period.name) if period.name else '（未记录）'}"
        case _:
            return days


def item_columns(kind: str) -> tuple[str, str, str, str]:
    """What stands above the columns of a list."""
    what = "投诉编号" if kind == "overdue" else "通话编号"
    when = {"overdue": "应决定时间", "holds": "保持开始", "in_doubt": "交易时间"}.get(kind, "来电时间")
    return what, "主叫号码", when, f"{KINDS[kind].measure}（秒）"


def item_row(listed: Listed, item: Item) -> tuple[str, str, datetime, float]:
    """A row of a list: the id, the masked number, when (local time), and how long in seconds."""
    if listed.kind == "overdue":
        who = NO_FIGURE
    else:
        who = masked(listed.numbers[item.call_id]) if item.call_id in listed.numbers else NO_FIGURE
    return plain(item.call_id), who, local(item.at), (item.ms or 0) / 1000


def local(t: int) -> datetime:
    """A moment of a record as the local time, without its zone."""
    return days.moment(t).replace(tzinfo=None)


def number(value: Number) -> str:
    """A numerator or denominator: whole as it is, a fraction to four places."""
    return str(value) if isinstance(value, int) else _rounded(value, 4)


def bound(threshold: Threshold | None) -> str:
    """≥ 85%, ≤ 0%; — where there is none. Every threshold is on a rate."""
    if threshold is None:
        return NO_FIGURE
    percent = Decimal((threshold.bound * 100).numerator) / (threshold.bound * 100).denominator
    return f"{'≤' if threshold.at_most else '≥'} {percent}%"


def why_none(figure: Counted) -> str:
    """Why there is no value; empty where there is one."""
    if figure.exact is not None:
        return ""
    return figure.reason or "期内没有可计的记录（分母为 0）"


def sampling_words(one: Coverage) -> str:
    """How some of the labelled turns were drawn, for people."""
    silent = f"，其中 {one.without_audio} 条没有录音" if one.without_audio else ""
    if one.plan is None:
        return f"未按抽样方案标注：{one.labelled} 条话轮{silent}"
    plan = one.plan
    how = (
        f"{plan.since} 至 {plan.until}，{plan.method}，种子 {plan.seed}，{len(plan.strata)} 层抽出 {len(plan.drawn)} 条"
    )
    return f"抽样方案 {plan.id}（{how}）：期内已标 {one.labelled} 条话轮{silent}"


def _sampled(one: Coverage) -> dict[str, Any]:
    done: dict[str, Any] = {"plan": None, "labelled": one.labelled, "without_audio": one.without_audio}
    if one.plan is not None:
        plan = one.plan
        done |= {"plan": plan.id, "from": plan.since, "to": plan.until, "method": plan.method, "seed": plan.seed}
        done |= {"n": plan.n, "drawn": len(plan.drawn), "strata": [asdict(layer) for layer in plan.strata]}
    return done


def _rounded(value: Fraction, places: int) -> str:
    scaled = round(value * 10**places)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _listed(one: Listed) -> dict[str, Any]:
    kind = KINDS[one.kind]
    items = [
        {"id": id_, "number": who, "at": at.isoformat(timespec="milliseconds") + "+08:00", "seconds": seconds}
        for id_, who, at, seconds in (item_row(one, item) for item in one.items)
    ]
    more = one.count - len(one.items)
    return {"title": kind.title, "clause": kind.clause, "count": one.count, "items": items, "more": more}


def _named(period: Period) -> dict[str, str]:
    return _span(period) | ({} if period.part == "day" else {period.part: period.name})


def _span(period: Period) -> dict[str, str]:
    return {"from": period.since.isoformat(), "to": period.until.isoformat()}


def _plain(value: Number) -> int | float:
    return value if isinstance(value, int) else float(value)


def _indicators(period: Period) -> dict[str, Any]:
    return {row.indicator.id: _indicator(row.indicator, row) for row in period.rows}


def _indicator(indicator: Indicator, row: IndicatorRow) -> dict[str, Any]:
    figure, threshold = row.figure, indicator.threshold
    return {
        "numerator": _plain(figure.numerator),
        "denominator": _plain(figure.denominator),
        "value": figure.value,
        "unit": figure.unit,
        "name": indicator.name,
        "clause": indicator.clause,
        "formula": indicator.formula,
        "reading": indicator.reading,
        "threshold": None if threshold is None else _threshold(threshold),
        "verdict": row.verdict,
        "previous": row.previous.value,
        "trend": {"↑": "up", "↓": "down", "→": "same", "": None}[trend(row)],
        "provisional": figure.provisional,
        "excluded": dict(figure.excluded),
        "parts": dict(figure.parts),
        "interval": None if figure.interval is None else list(figure.interval),
        "companions": list(indicator.companions),
        "reason": why_none(figure) or None,
    }


def _threshold(threshold: Threshold) -> dict[str, Any]:
    kind = "at_most" if threshold.at_most else "at_least"
    return {"kind": kind, "value": float(threshold.bound), "clause": threshold.clause}


def _line(period: Period, row: IndicatorRow) -> dict[str, Any]:
    given = _indicator(row.indicator, row)
    low, high = row.figure.interval or ("", "")
    flat = {
        "threshold": "" if row.indicator.threshold is None else bound(row.indicator.threshold),
        "excluded": _counts(given["excluded"]),
        "parts": _counts(given["parts"]),
        "interval_low": low,
        "interval_high": high,
    }
    line = {**_span(period), "part": period.name, "id": row.indicator.id, **given, **flat}
    return {name: "" if line[name] is None else line[name] for name in _COLUMNS}


def _counts(counts: Mapping[str, int]) -> str:
    return ";".join(f"{name}={count}" for name, count in counts.items())
