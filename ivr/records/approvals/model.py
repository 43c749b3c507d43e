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


#: What a request is about, by the first word of its target. Exports say in words what they hold.
_SUBJECTS = {"draft": "菜单草稿 {}", "publication": "发布 {}", "complaint": "投诉 {}"}
_LANGUAGES, _VARIANTS = {"zh": "普通话", "en": "英语"}, {"elderly": "，老年版"}


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
    `publication:2`, `complaint:ID`, `prompt:LANGUAGE/VARIANT/ID`, or an export's words), `digest` stands for the
    content that is asked for: what is done later has to have the same. It counts before `t_expires`."""

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

    @property
    def about(self) -> str:
        """The id within the target: of a draft, a publication, a complaint, a prompt (that of its recording may go on
        with a number); "" of what has none."""
        kind, _, id_ = self.target.partition(":")
        if kind == "prompt":
            return id_.rpartition("/")[2].partition(".")[0]
        return id_ if kind in _SUBJECTS else ""

    @property
    def subject(self) -> str:
        """What it is about, in words that people read."""
        kind, _, id_ = self.target.partition(":")
        if kind == "prompt" and id_.count("/") >= 2:
            language, variant, clip = id_.split("/", 2)
            return f"提示语 {clip}（{_LANGUAGES.get(language, language)}{_VARIANTS.get(variant, '')}）"
        return _SUBJECTS[kind].format(id_) if kind in _SUBJECTS else self.target

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
