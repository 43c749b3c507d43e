"""Two people for one thing: one asks, another decides, and what was approved is carried out once (CBA 四十二). What is
refused is entered in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.errors import ApprovalRefused
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.people.refusals import told
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.days import DAY_MS
from ivr.records.store import Store

#: How long a request counts where nobody says otherwise.
USUAL_MS = 7 * DAY_MS

#: Who may decide what, beside what is decided where the content is looked at.
DECIDED_BY: Mapping[ApprovalKind, Action] = {
    ApprovalKind.EXPORT: Action.EXPORTS_APPROVE,
    ApprovalKind.EXTENSION: Action.COMPLAINTS_EXTEND_APPROVE,
}

#: Kinds that are decided by a command or page of their own, where the content is looked at or heard.
_ELSEWHERE = {
    ApprovalKind.FLOW: "ivr flow publish 或 ivr flow refuse",
    ApprovalKind.EMERGENCY_PUBLISH: "ivr flow confirm",
    ApprovalKind.PROMPT: "控制台“菜单、提示语”里先听再定",
}
#: Kinds whose approval is a step of what it is about; refused like any other.
_APPROVED_ELSEWHERE = {ApprovalKind.EXTENSION: "ivr complaints show，ivr complaints approve"}


def request(
    store: Store, permit: Permit, kind: ApprovalKind, target: str, digest: str, reason: str, expires: int, now: int
) -> Approval:
    """Ask for something on behalf of the permit's person: `digest` stands for its exact content, it counts before
    `expires` (UTC epoch ms). Raises ApprovalRefused without a reason, or where the same is asked for already."""
    if not reason.strip():
        raise ApprovalRefused("请写明申请的原因")
    wanted = Approval(kind, target, digest, permit.person, reason.strip(), now, expires)
    entry = permit.entry_with(target, approval=kind.value, asked=digest[:12])
    return store.approvals.request(wanted, entry)


def decided_by(kind: ApprovalKind) -> Action:
    """What it is to decide a request of this kind."""
    return DECIDED_BY.get(kind, Action.FLOW_PUBLISH)


def approve(store: Store, permit: Permit, id_: int, now: int, *, seen: bool = False) -> Approval:
    """Say yes. `seen`: this is where the content is looked at. Raises ApprovalRefused: whoever asked can never approve,
    and nobody twice or too late."""
    return _decided(store, permit, id_, True, now, seen=seen)


def refuse(store: Store, permit: Permit, id_: int, now: int, *, seen: bool = False) -> Approval:
    """Say no; the permit says why. `seen` and ApprovalRefused as with `approve`."""
    return _decided(store, permit, id_, False, now, seen=seen)


def use(store: Store, permit: Permit, kind: ApprovalKind, digest: str, now: int, id_: int | None = None) -> Approval:
    """Carry out, once, what the permit's person asked for and somebody else approved: the request `id_`, or one of this
    kind with this content. Raises ApprovalRefused where there is none, it is not approved, used, has expired, or is
    about another content."""
    with told(store, permit, permit.entry.target, now):
        entry = permit.entry_with(approval=kind.value, used=digest[:12])
        return store.approvals.use(kind, digest, entry, now, id_)


def _decided(store: Store, permit: Permit, id_: int, approved: bool, now: int, *, seen: bool) -> Approval:
    with told(store, permit, f"approval:{id_}", now):
        asked = store.approvals.get(id_)
        how = _ELSEWHERE.get(asked.kind) or (_APPROVED_ELSEWHERE.get(asked.kind) if approved else None)
        if how is not None and not seen:
            raise ApprovalRefused(f"申请 {id_}（{asked.kind.word}）要看过内容再决定：{how}")
        if not approved and not (permit.entry.reason or "").strip():
            raise ApprovalRefused("不同意须写明原因")
        entry = permit.entry_with(asked.target, approval=id_, kind=asked.kind.value, approved=approved)
        return store.approvals.decide(id_, approved, entry, now)
