"""Which tests show which clause of the standards: the results carry the clause, so that `ivr report compliance` can
rest on them. A test is named by its file or its scenario's folder under tests/."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

#: Clause → tests.
CLAUSES: dict[str, tuple[str, ...]] = {
    "CBA 六": (
        "calls/unknown-number",
        "calls/faults/test_doors.py",
    ),
    "CBA 七": (
        "calls/closed-self-service",
        "calls/closed-loss",
        "calls/closed-elderly-key",
    ),
    "CBA 十(2)": (
        "dialogue/test_steps.py",
        "call/test_served_records.py",
        "calls/test_bank.py",
    ),
    "CBA 十(3)": (
        "calls/closed-loss",
        "dialogue/test_steps.py",
        "call/test_served_records.py",
        "calls/test_bank.py",
    ),
    "CBA 十(5)": (
        "metrics/test_patterns.py",
        "report/test_live_business.py",
        "report/test_monitoring.py",
    ),
    "CBA 十(4)": (
        "calls/test_leaves.py",
        "calls/test_complaints.py",
        "dialogue/test_complaints.py",
    ),
    "CBA 十二": (
        "calls/elderly-listed",
        "calls/elderly-misses",
        "calls/test_pace.py",
        "flow/test_elderly.py",
    ),
    "CBA 二十九": (
        "dialogue/test_recording_consent.py",
        "calls/test_consent.py",
        "cli/test_privacy.py",
    ),
    "CBA 三十": (
        "care/test_purge.py",
        "report/test_purge_counts.py",
        "records/test_privacy_register.py",
        "cli/test_privacy.py",
    ),
    "CBA 十三": (
        "encryption",
        "people/test_access.py",
        "cli/test_actions.py",
        "records/test_audit_verify.py",
        "serve/test_sealing.py",
        "calls/withheld-number",
        "calls/faults/test_privacy.py",
    ),
    "CBA 十四": (
        "calls/no-input",
        "calls/no-match",
        "calls/mixed-misses",
        "calls/test_callbacks.py",
        "dialogue/test_instead_of_waiting.py",
        "care/test_rules.py",
    ),
    "CBA 十七(一)": (
        "metrics/test_text_figures.py",
        "call/test_writing.py",
        "serve/test_writing_side.py",
        "calls/test_writing.py",
    ),
    "CBA 十七(二)": ("calls/speech",),
    "CBA 十九": (
        "calls/agent-key",
        "calls/test_reserved_keys.py",
        "calls/no-agents",
    ),
    "CBA 二十二": (
        "calls/elderly-key",
        "calls/elderly-listed",
        "calls/closed-elderly-key",
        "flow/test_elderly.py",
    ),
    "CBA 三十三、三十四": (
        "report/test_monitoring.py",
        "care/emergencies/test_detectors.py",
        "serve/test_emergency_watch.py",
    ),
    "CBA 三十六、三十七": (
        "care/emergencies/test_lead.py",
        "calls/test_emergency.py",
    ),
    "CBA 三十八": (
        "care/emergencies/test_lead.py",
        "cli/test_emergency.py",
        "report/test_evidence_pack.py",
    ),
    "CBA 三十五": (
        "care/emergencies/test_lead.py",
        "calls/faults/test_down.py",
        "calls/faults/test_killed.py",
        "records/backup",
        "dialogue/test_announcer.py",
        "calls/test_emergency.py",
    ),
    "CBA 四十二": (
        "people/test_roles.py",
        "people/test_access.py",
        "people/test_registry.py",
        "cli/test_actions.py",
        "cli/test_people.py",
    ),
    "CBA 四十四": (
        "report/test_monitoring.py",
        "serve/test_emergency_watch.py",
    ),
    "CBA 四十九": (
        "calls/test_leaves.py",
        "calls/test_complaints.py",
        "dialogue/test_complaints.py",
    ),
    "HB 4.1.2": ("calls/closed-self-service",),
    "HB 4.2.2": ("calls/faults/test_privacy.py",),
    "HB 4.3.2": (
        "calls/faults/test_killed.py",
        "calls/faults/test_down.py",
        "calls/faults/test_stalled.py",
    ),
    "HB 4.5.3": ("calls/test_leaves.py",),
    "HB 4.5.9": ("flow/test_announcements.py", "calls/test_announcements.py"),
    "HB 7.1.3": (
        "calls/agent-key",
        "calls/agent-passes-on",
        "calls/test_agents.py",
        "calls/test_callbacks.py",
    ),
    "HB 7.1.4": (
        "dialogue/test_steps.py",
        "call/test_served_records.py",
        "calls/test_bank.py",
    ),
    "HB 7.2.1": (
        "calls/agent-key",
        "calls/queue-timeout-wait",
        "calls/test_queues.py",
        "calls/test_callbacks.py",
        "calls/test_bank.py",
    ),
    "HB 7.2.2": (
        "calls/no-agents",
        "calls/queue-timeout-leave",
        "calls/agent-rejects",
        "calls/test_callbacks.py",
    ),
    "HB 7.2.3": (
        "calls/key-path",
        "calls/test_leaves.py",
    ),
    "HB 7.2.4": (
        "calls/test_reserved_keys.py",
        "calls/key-during-prompts",
    ),
    "HB 7.3.2": (
        "calls/faults/test_privacy.py",
        "bank/test_secret.py",
        "dialogue/test_secret_keys.py",
        "records/test_fold_business.py",
        "calls/test_bank.py",
    ),
    "HB 7.3.3": (
        "people/test_supervision.py",
        "call/test_call_recording.py",
        "call/test_served_records.py",
        "calls/test_agents.py",
        "metrics/test_business_figures.py",
        "metrics/test_patterns.py",
        "calls/test_bank.py",
    ),
    "HB 7.4.1": ("calls/key-path",),
    "HB 7.4.2": ("calls/test_pace.py",),
    "HB 7.4.3": (
        "calls/agent-key",
        "calls/queue-timeout-leave",
    ),
    "HB 7.4.5": ("call/test_hold_watch.py", "calls/agent-holds", "calls/test_agents.py"),
    "HB 11.2": (
        "metrics/test_survey_rules.py",
        "records/test_survey_history.py",
        "serve/test_survey_invitations.py",
    ),
    "HB 10.1.2": (
        "calls/test_leaves.py",
        "calls/test_complaints.py",
        "dialogue/test_complaints.py",
    ),
}

_TESTS = Path(__file__).parent


def mark(item: pytest.Item) -> None:
    """Write the clauses that a test shows into its result, as JUnit properties. A scenario is a folder, the `path` of
    the test that plays all of them."""
    played = getattr(item, "callspec", None)
    scenario = None if played is None else played.params.get("path")
    item.user_properties += [
        ("clause", clause) for clause in _shown(item.path, scenario if isinstance(scenario, Path) else None)
    ]


@cache
def _shown(path: Path, scenario: Path | None) -> tuple[str, ...]:
    """The clauses of a file and, of its test, a scenario: thousands of tests share a file."""
    places = {place for each in (path, scenario) if each for place in (each, *each.parents)}
    return tuple(clause for clause, names in CLAUSES.items() if any(_TESTS / name in places for name in names))
