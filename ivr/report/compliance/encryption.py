"""What encryption at rest and backups show of confidentiality and of disasters (CBA 十三, 三十五, HB 4.2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.encryption.keys import KeyRing
from ivr.errors import EncryptionError
from ivr.people.actions import Action
from ivr.records.audit.counts import TrailKind, number_of
from ivr.records.days import day_end, day_start, moment
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.judge import Evidence


def encryption_evidence(ring: KeyRing) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → whether what callers say is encrypted at rest, with these keys."""
    shown = (_encrypted(ring),)
    return {"CBA 十三": shown, "HB 4.2.2": shown}


def backup_evidence(store: Store, report: Report) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → the backups that the trail tells of in the report's days."""
    since, until = day_start(report.whole.since), day_end(report.whole.until)
    made = {kind: one for kind, one in store.audit.counts.between(since, until).items() if _made(kind)}
    number, last = number_of(made), max((one.last for one in made.values()), default=0)
    told = f"本期发起备份 {number} 次" + (f"，最近 {moment(last):%Y-%m-%d %H:%M}" if number else "")
    return {"CBA 三十五": (Evidence("R", "备份", told, "达标" if number else "仅列示"),)}


def _made(kind: TrailKind) -> bool:
    return kind.action == Action.BACKUP_MAKE.value and kind.allowed


def _encrypted(ring: KeyRing) -> Evidence:
    if not ring.configured:
        return Evidence("R", "静态加密", "没有配置密钥：录音不加密，也不能备份", "仅列示")
    try:
        keys = ring.keys
    except EncryptionError as wrong:
        return Evidence("R", "静态加密", f"录音暂不加密：{wrong}", "未达标")
    return Evidence("R", "静态加密", f"录音加密保存，密钥 {keys[0].name}，可解密的密钥共 {len(keys)} 把", "达标")
