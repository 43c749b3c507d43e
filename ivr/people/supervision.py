"""Who may take part in another agent's talk (HB 7.3.3), asked and entered in the audit trail before he hears a word."""

from __future__ import annotations

from ivr.errors import NotAllowed
from ivr.people.actions import Action
from ivr.people.roles import MATRIX
from ivr.records.audit.model import AuditEntry, detail
from ivr.records.people.model import Person
from ivr.records.store import Store


def take_part(
    store: Store, supervisor: str, agent: str, how: str, call_id: str | None, *, flagged: bool, now: int
) -> None:
    """Leave for the supervisor with this number of an agent to listen to `agent` (`how`: listen, whisper, join) in the
    call `call_id`. `flagged`: agents.yaml says that he is a supervisor. Where people are registered with numbers of
    agents, he must be one of them, with a role that may. Raises NotAllowed, entered as well, and StoreError: nothing
    was entered then, and nobody may listen."""
    people = store.people.all()
    mine = next((one for one in people if one.agent_id == supervisor and one.in_force(now)), None)
    role = _role(mine, now)
    asked = any(person.agent_id is not None for person in people)
    may = flagged and (role is not None or not asked)
    entry = AuditEntry(
        f"agent:{supervisor}",
        Action.CALLS_SUPERVISE.value,
        f"agent:{agent}" if call_id is None else f"call:{call_id}",
        allowed=may,
        detail=detail(how=how, agent=agent, person=None if mine is None else mine.id),
        role=role,
    )
    store.audit.note(entry, now)
    if not flagged:
        raise NotAllowed(f"座席 {supervisor} 不是班长（agents.yaml 里的 role）")
    if not may:
        raise NotAllowed(f"工号 {supervisor} 没有对应的人员，或他现在没有监听的权限（ivr people list）")


def _role(person: Person | None, now: int) -> str | None:
    roles = () if person is None else person.roles(now)
    return next((role for role in roles if role in MATRIX[Action.CALLS_SUPERVISE]), None)
