"""Both standards clause by clause, with the evidence that is at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.responses import Response

from ivr.console.page import Visit, page
from ivr.console.pages.figures.asked import Asked, asked_for, report_of
from ivr.encryption.keys import KeyRing
from ivr.errors import MetricsError
from ivr.metrics.indicators.registry import INDICATORS
from ivr.people.actions import Action
from ivr.report.build import Report
from ivr.report.compliance.evidence import gather
from ivr.report.compliance.forms import NOTES, compliance_html, compliance_json, evidence_words, summary
from ivr.report.compliance.judge import ORDER, Evidence, Judged, judge

_FORMS: dict[str, tuple[str, Callable[[Report, tuple[Judged, ...]], str]]] = {
    "html": ("text/html; charset=utf-8", compliance_html),
    "json": ("application/json", compliance_json),
}


@page("/figures/compliance", Action.REPORTS_READ, title="合规报告", target="compliance")
def compliance(visit: Visit) -> Response:
    """Every clause, the unmet first."""
    asked, verdict = asked_for(visit), visit.query.get("verdict", "")
    _report, judged = _judged(visit, asked)
    chosen = [one for one in judged if verdict in ("", one.verdict)]
    return visit.render(
        "figures/compliance.html", asked=asked, judged=chosen, summary=summary(judged), order=ORDER, verdict=verdict,
        notes=NOTES, words=_words, indicators=INDICATORS, forms=tuple(_FORMS),
    )  # fmt: skip


@page("/figures/compliance/file/{form}", Action.REPORTS_READ, title="导出合规报告", target="compliance")
def export(visit: Visit) -> Response:
    """The same as a file."""
    form = str(visit.path["form"])
    if form not in _FORMS:
        raise MetricsError("没有这种格式：html 或 json")
    media, made = _FORMS[form]
    asked = asked_for(visit)
    name = f"compliance-{asked.since}-{asked.until}.{form}"
    return Response(
        made(*_judged(visit, asked)),
        media_type=media,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _words(part: Evidence) -> str:
    """通话记录：服务水平: an indicator by its name alone, its id is behind the link."""
    name, _, id_ = part.what.rpartition(" ")
    return evidence_words(replace(part, what=name) if id_ in INDICATORS else part)


def _judged(visit: Visit, asked: Asked) -> tuple[Report, tuple[Judged, ...]]:
    settings = visit.settings
    report = report_of(visit, asked)
    known = gather(
        settings.flows, visit.store, report, settings.state / "test-results",
        four_eyes=settings.publishing.four_eyes, encryption=KeyRing(settings.encryption, settings.state),
    )  # fmt: skip
    return report, judge(report, known)
