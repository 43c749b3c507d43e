"""The compliance report as JSON and as a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from ivr.records.days import zone_name
from ivr.report.build import Report
from ivr.report.compliance.judge import ORDER, Evidence, Judged
from ivr.report.forms import local, part_name
from ivr.report.page import element, page, table

#: How something is shown, in words.
KINDS = {"S": "静态检查", "R": "通话记录", "T": "通话试验", "P": "过程记录", "D": "文件"}
_LOOKS = {"未达标": "unmet", "无证据": "unmet", "证据不全": "met", "达标": "met", "未验证": "none"}


def summary(judged: Sequence[Judged]) -> str:
    """未达标 2 条，无证据 13 条 …"""
    counts = Counter(one.verdict for one in judged)
    return "，".join(f"{verdict} {counts[verdict]} 条" for verdict in ORDER if counts[verdict])


def compliance_json(report: Report, judged: Sequence[Judged]) -> str:
    """One JSON object: the period and `clauses`, in the order of the report."""
    done = {
        "from": report.whole.since.isoformat(),
        "to": report.whole.until.isoformat(),
        "clauses": [
            {
                "clause": one.clause.id,
                "requirement": one.clause.requirement,
                "verdict": one.verdict,
                "evidence": [
                    {"kind": part.kind, "what": part.what, "figure": part.figure or None, "verdict": part.verdict}
                    for part in one.evidence
                ],
            }
            for one in judged
        ],
    }
    return json.dumps(done, ensure_ascii=False, indent=2) + "\n"


def compliance_html(report: Report, judged: Sequence[Judged]) -> str:
    """One file, like the report's page."""
    made = "" if report.as_of is None else f"　统计时点 {local(report.as_of):%Y-%m-%d %H:%M:%S}（{zone_name()}）"
    heads = (("条款", ""), ("要求", ""), ("证据", ""), ("数值", ""), ("判定", ""))
    return page(
        f"合规报告　{part_name(report.whole)}",
        element("h1", "客户服务热线合规报告"),
        element("p", f"统计期 {part_name(report.whole)}{made}　{summary(judged)}。"),
        *(element("p", line, cls="small") for line in NOTES),
        table(heads, (_row(one) for one in judged)),
    )


NOTES = (
    "依据：《中国银行业客服中心与远程银行自律规范》（银协发〔2025〕15号，下称 CBA）；"
    "河北省地方标准 DB13/T 1807-2013（下称 HB）。",
    "未达标的在前；“未验证”指要由试验证明，而没有试验结果（make test 写在 run/test-results，也可用 --tests 写明）；"
    "“证据不全”指一部分证据没有；"
    "“无证据”指目前拿不出任何证据；“依赖文件说明”指只能由文件说明，系统不作判定。",
)


def _row(one: Judged) -> Element:
    return element(
        "tr",
        element("td", one.clause.id, cls="v"),
        element("td", one.clause.requirement),
        element("td", *(element("div", evidence_words(part)) for part in one.evidence)),
        element("td", *(element("div", part.figure or "—") for part in one.evidence)),
        element("td", element("span", one.verdict, cls=f"v {_LOOKS.get(one.verdict, 'none')}")),
    )


def evidence_words(part: Evidence) -> str:
    """静态检查：ivr check F030"""
    return f"{KINDS[part.kind]}：{part.what}"
