"""What shows that data is used as customers agreed, and not kept beyond its time (CBA 二十九, 三十, 五十一(一))."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ivr.people.actions import Action
from ivr.records.audit.counts import number_of
from ivr.records.days import day_end, day_start
from ivr.records.privacy.register import REGISTER
from ivr.records.privacy.retention import WORDS, Retention
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.judge import Evidence


def privacy_evidence(store: Store, report: Report) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → what there is to show of the report's days: the register, purges and exports in the trail, holds."""
    since, until = day_start(report.whole.since), day_end(report.whole.until)
    trail = store.audit.counts.between(since, until)
    purges = number_of(trail, lambda kind: kind.action == Action.PRIVACY_PURGE.value)
    exports = number_of(trail, lambda kind: kind.action == Action.RECORDS_EXPORT.value)
    refused = number_of(trail, lambda kind: kind.action == Action.RECORDS_EXPORT.value and not kind.allowed)
    register = Evidence(
        "S", "资料登记表 docs/privacy.md", f"{len(REGISTER)} 种资料，各写明用途、依据和保存期限", "达标"
    )
    holds = Evidence("R", "法定保全", f"现有 {len(store.privacy.holds())} 项，保全的不清除", "仅列示")
    told = f"本期 {exports} 次，其中拒绝 {refused} 次"
    return {
        "CBA 二十九": (register,),
        "CBA 三十": (
            register,
            _purged(store, purges),
            Evidence("R", "导出的审计记录", told, "仅列示"),
            holds,
        ),
        "CBA 五十一(一)": (holds,),
    }


def _purged(store: Store, times: int) -> Evidence:
    """How far back calls go, and from when on they were purged."""
    before = store.privacy.purged_before().get(Retention.CALLS)
    label = WORDS[Retention.CALLS][0]
    if before is None:
        return Evidence("R", "到期清除", f"本期 {times} 次；还没有{label}到期", "仅列示")
    last = before - timedelta(days=1)
    return Evidence("R", "到期清除", f"本期 {times} 次；{last} 及以前的{label}已清除（保全的除外）", "达标")
