"""The evidence that the standards' clauses are judged by: the flow as it is, dates from the records, test results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from ivr.encryption.keys import KeyRing
from ivr.metrics.rules import local_day
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.compliance.complaints import complaint_evidence
from ivr.report.compliance.documents import NAME, document_evidence
from ivr.report.compliance.emergencies import emergency_evidence
from ivr.report.compliance.encryption import backup_evidence, encryption_evidence
from ivr.report.compliance.judge import Evidence, Known
from ivr.report.compliance.people import people_evidence
from ivr.report.compliance.privacy import privacy_evidence
from ivr.report.compliance.publishing import notice_evidence, publishing_evidence, served
from ivr.report.compliance.results import read_results
from ivr.settings import Encryption

#: Who has more to show of some clauses: clause → evidence.
SOURCES: tuple[Callable[[Store, Report], Mapping[str, tuple[Evidence, ...]]], ...] = (
    people_evidence,
    complaint_evidence,
    backup_evidence,
    emergency_evidence,
    privacy_evidence,
)


def gather(
    flows: Path,
    store: Store,
    report: Report,
    results: Path,
    *,
    four_eyes: bool = True,
    encryption: KeyRing | None = None,
) -> Known:
    """What is known of the flow that is served (that in the folder `flows`, or where `four_eyes` are needed what was
    published), of the documents that are named beside that folder, of the store, of the keys of its `encryption`, of
    the report's days and of the last test run (`results`: a JUnit XML file or a folder of them). Raises StoreError,
    MetricsError."""
    loaded = served(store, flows, four_eyes)
    leaves = loaded.flow.leaves.values() if loaded.flow is not None else ()
    dates: dict[str, list[date]] = {
        "revisions": [local_day(t) for t in store.revised()],
        "plans": [local_day(plan.t) for plan in store.plans()],
        "drills": [day for day, figures in (report.days or {}).items() if figures["ours.drill_calls"].numerator],
    }
    tags = Counter(clause for leaf in leaves for clause in leaf.compliance)
    shown = dict(publishing_evidence(store, report, four_eyes))
    known = [source(store, report) for source in SOURCES]
    documents = document_evidence(flows.parent / NAME)
    notices = notice_evidence(store, report, loaded.flow, flows, four_eyes)
    for found in (*known, notices, encryption_evidence(encryption or KeyRing(Encryption())), documents):
        for clause, evidence in found.items():
            shown[clause] = (*shown.get(clause, ()), *evidence)
    return Known(loaded.findings, loaded.flow is not None, tags, dates, read_results(results), shown)
