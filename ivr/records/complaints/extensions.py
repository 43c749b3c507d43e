"""A longer term of a complaint as a request that another person decides (HB 10.2.2, CBA 四十二), within the transaction
of the step: it stands among all other requests, and is carried out once."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from ivr.records.approvals import rows
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.complaints.model import Case, Step, StepKind

_KIND = ApprovalKind.EXTENSION


def follow(connection: Connection, case: Case, step: Step) -> None:
    """What the step means for the request: asked, approved, carried out. Raises ApprovalRefused where it was decided
    already, or is not for this person to decide."""
    if case.extension is None or step.kind not in (StepKind.EXTEND, StepKind.APPROVE, StepKind.TELL_EXTENSION):
        return
    target = f"complaint:{case.id}"
    if step.kind is StepKind.EXTEND:
        for open_ in rows.open_of_target(connection, _KIND, target):
            if open_.digest != _digest(case):
                rows.supersede(connection, open_.id, step.at)
        before = case.due if case.extended_to is None else case.extended_to
        asked = case.extension
        rows.request(
            connection,
            Approval(_KIND, target, _digest(case), asked.asked_by, asked.reason, step.at, before + 1),
        )
        return
    request = rows.of_target(connection, _KIND, target)
    if step.kind is StepKind.APPROVE:
        rows.decide(connection, request.id, step.person, True, step.at)
    else:
        rows.use(connection, request, _digest(case), step.at)


def _digest(case: Case) -> str:
    """Which complaint, which round of it, until when."""
    until = None if case.extension is None else case.extension.until
    return hashlib.sha256(f"{case.id}:{case.round}:{until}".encode()).hexdigest()
