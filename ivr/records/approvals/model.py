"""A request and the word of a second person. Times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ApprovalKind(StrEnum):
    """What is asked for. The value is kept in the database and never changes."""

    FLOW = "flow"
    EMERGENCY_PUBLISH = "emergency_publish"
    EXPORT = "export"
    EXTENSION = "extension"
    PROMPT = "prompt"

    @property
    def word(self) -> str:
        """What people call it."""
        return _WORDS[self]

    @property
    def after_expiry(self) -> bool:
        """Whether a decision that comes too late is still wanted: the thing is done already, and somebody has to look
        at it all the same."""
        return self is ApprovalKind.EMERGENCY_PUBLISH


_WORDS = {
    ApprovalKind.FLOW: "发布菜单",
    ApprovalKind.EMERGENCY_PUBLISH: "紧急发布的补审",
    ApprovalKind.EXPORT: "导出",
    ApprovalKind.EXTENSION: "投诉延期",
    ApprovalKind.PROMPT: "提示语录音",
}


class ApprovalState(StrEnum):
    """Where a request stands at a moment, in the words that people read."""

    OPEN = "等待批准"
    EXPIRED = "已过期"
    APPROVED = "已批准"
    REFUSED = "已否决"
    USED = "已使用"


@dataclass(frozen=True, slots=True)
class Approval:
    """One request, one decision by another person, used at most once. `target` is what it is about (`draft:3`,
    `complaint:ID`, `export`,
    `prompt:LANGUAGE/VARIANT/ID`), `digest` stands for the content that is asked for: what is done later has to have the
    same. It counts before `t_expires`."""

    kind: ApprovalKind
    target: str
    digest: str
    requested_by: str
    reason: str
    t_requested: int
    t_expires: int
    decided_by: str | None = None
    t_decided: int | None = None
    approved: bool | None = None
    t_used: int | None = None
    id: int = 0

    def state(self, now: int) -> ApprovalState:
        """Where it stands at this moment."""
        if self.t_used is not None:
            return ApprovalState.USED
        if self.approved is False:
            return ApprovalState.REFUSED
        if now >= self.t_expires and not (self.approved or self.kind.after_expiry):
            return ApprovalState.EXPIRED
        if self.approved:
            return ApprovalState.EXPIRED if now >= self.t_expires else ApprovalState.APPROVED
        return ApprovalState.OPEN
