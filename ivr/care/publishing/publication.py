"""Publishing: another person than whoever proposed a draft puts it into service. An emergency publication does without
for a day, and everybody sees that until somebody has looked at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.care.publishing.review import reviewed
from ivr.errors import PublishingRefused
from ivr.flow.findings import FlowRefused
from ivr.flow.stored_files import load_texts
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.people.late_notices import refuse_late
from ivr.people.refusals import told
from ivr.records.publishing.model import Draft, Publication
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody: drafts for a second person to publish, emergency publications for one to look at, those
    of them that have waited too long or were found wrong."""

    current: Publication | None
    drafts: tuple[Draft, ...]
    unconfirmed: tuple[Publication, ...]
    overdue: tuple[Publication, ...]


def in_force(store: Store, four_eyes: bool) -> bool:
    """Whether two people are needed: the setting says so, and there are people to ask."""
    return four_eyes and store.people.any()


def require_in_force(store: Store, four_eyes: bool) -> None:
    """Raises PublishingRefused where edits are served as they are saved: there is nothing to propose or to publish."""
    if not four_eyes:
        raise PublishingRefused("设置里 [publishing] four_eyes 为 false：保存 flows/ 即生效，没有草稿和发布")
    if not store.people.any():
        raise PublishingRefused("还没有登记人员（ivr people add）：保存 flows/ 即生效，没有草稿和发布")


def publish(
    store: Store, permit: Permit, draft_id: int, working: Path, now: int, *, emergency: bool = False
) -> Publication:
    """Put a draft into service that this person has reviewed. Raises FlowRefused where it has errors by today's checks,
    PublishingRefused where it is overtaken, decided or not reviewed, or a maintenance notice in it comes too late
    (`ivr.people.late_notices`), ApprovalRefused where this person proposed it and
    it is no `emergency`. What is refused is in the audit trail."""
    with told(store, permit, reviewed(draft_id), now):
        draft = store.publishing.draft(draft_id)
        if not _has_reviewed(store, permit.person, draft_id) and permit.person != draft.proposed_by:
            raise PublishingRefused(
                f"{permit.person} 还没有看过草稿 {draft_id} 的改动：先运行 ivr flow review {draft_id}"
            )
        loaded = load_texts(store.publishing.files(draft_id), draft.personal, working)
        if loaded.flow is None:
            raise FlowRefused(loaded.findings)
        refuse_late(store, loaded.flow, working, now)
        return store.publishing.publish(draft_id, draft.digest, permit.entry, now, emergency=emergency)


def confirm(store: Store, permit: Permit, number: int, agreed: bool, note: str, now: int) -> Publication:
    """The second person's word on an emergency publication; whoever says no says why. Raises PublishingRefused and
    ApprovalRefused, and the refusal is in the audit trail."""
    with told(store, permit, f"publication:{number}", now):
        if not agreed and not note.strip():
            raise PublishingRefused("不同意须写明原因")
        return store.publishing.confirm(number, agreed, note.strip(), permit.entry, now)


def waiting(store: Store, now: int) -> Waiting:
    """What waits for somebody now."""
    unconfirmed = store.publishing.unconfirmed()
    late = tuple(one for one in unconfirmed if one.late(now))
    return Waiting(store.publishing.current(), store.publishing.drafts(), unconfirmed, late)


def _has_reviewed(store: Store, person: str, draft_id: int) -> bool:
    action = Action.FLOW_REVIEW.value
    entries = store.audit.list(person=person, target=reviewed(draft_id), action=action, limit=None)
    return any(kept.entry.allowed for kept in entries)
