"""The register as a document: docs/privacy.md, and what `ivr privacy register` prints."""

from __future__ import annotations

from ivr.records.privacy.data_kind import DataKind
from ivr.records.privacy.register import REGISTER
from ivr.records.privacy.retention import DAYS, USUAL, WORDS, Schedule

HEAD = """# 资料登记表

热线保存的每一种资料：做什么用、依据、保存多久、谁可以看、在哪里（CBA 二十九、三十）。
由 `ivr privacy register` 从程序里的同一张表生成；清除、遮盖、导出都按这张表。表里没有的字段和文件，测试会报错。

"""


def markdown(schedule: Schedule = USUAL) -> str:
    """The whole document, in Chinese."""
    rows = ["| 资料 | 用途 | 依据 | 保存期限 | 谁可以看（操作） | 在哪里 |", "|---|---|---|---|---|---|"]
    rows += [
        f"| {kind.label} | {kind.purpose} | {kind.basis} | {_kept(kind, schedule)} | {'、'.join(kind.seen_by)}"
        f" | {_places(kind)} |"
        for kind in REGISTER
    ]
    classes = ["| 类别 | 天数（ivr.toml 的 [retention]） | 从哪天算起 |", "|---|---|---|"]
    for retention, (label, of) in WORDS.items():
        days = f"{schedule.days[retention]}（{retention.value}_days）" if retention in DAYS else "—"
        classes.append(f"| {label} | {days} | {of} |")
    return HEAD + "\n".join(rows) + "\n\n## 保存期限\n\n" + "\n".join(classes) + "\n"


def _kept(kind: DataKind, schedule: Schedule) -> str:
    label, of = WORDS[kind.retention]
    days = schedule.days.get(kind.retention)
    return f"{label}：{of}起 {days} 天" if days is not None else f"{label}：{of}"


def _places(kind: DataKind) -> str:
    hidden = {name.partition(".")[0] for name in kind.identifying}
    tables = [f"表 {table}{'（含能识别客户的字段）' if table in hidden else ''}" for table in kind.columns]
    return "、".join([*tables, *(f"`{pattern}`" for pattern in kind.files)])
