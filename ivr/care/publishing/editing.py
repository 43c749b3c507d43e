"""What an edit begins with and what becomes of it before anybody is asked: the files it is based on, the checks on a
text that nobody has saved, and the draft that is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.care.publishing.drafts import WorkingCopy, propose_loaded
from ivr.errors import PublishingRefused
from ivr.flow import edit
from ivr.flow.findings import FlowRefused
from ivr.flow.loader import Loaded, load_or_kept
from ivr.flow.reading.field_tables import FILES, HOTLINE_FILE
from ivr.flow.stored_files import load_texts, load_texts_or_kept
from ivr.people.access import Permit
from ivr.records.days import moment
from ivr.records.publishing.model import Draft, digest
from ivr.records.store import Store

#: A file of the operator's is not longer than this by far; what is longer was pasted by mistake.
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Base:
    """What is edited. `number`: the publication that it will have to follow (0: nothing is published); `said`: what it
    is, in words; `personal` names the files that list customers and are not edited here."""

    number: int
    said: str
    personal: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)

    @property
    def digest(self) -> str:
        """Of the files."""
        return digest(self.files)

    def with_changes(self, changed: Mapping[str, str]) -> dict[str, str]:
        """All files, with these texts. Raises PublishingRefused for a file that does not belong here, or a text far
        too long for one."""
        for name, text in changed.items():
            if name in self.personal or not (name in self.files or name in FILES):
                raise PublishingRefused(f"{name} 不能在这里修改")
            if len(text) > MOST_CHARACTERS:
                raise PublishingRefused(
                    f"{name} 有 {len(text)} 个字符，超过 {MOST_CHARACTERS}：不检查，也不能提交；请删掉误粘贴的内容"
                )
        return {**self.files, **changed}


def base(store: Store, working: Path, source: str = "") -> Base:
    """What an edit begins with: what is published, where there is something, else the working copy. `source`: other
    files instead, `files` (the working copy), `draft:N` or `publication:N`; what is published has to be followed all
    the same. Raises PublishingRefused, FlowRefused where the working copy is wanted and has errors."""
    current = store.publishing.current()
    number = current.number if current else 0
    kind, _, which = source.partition(":")
    if kind == "draft":
        draft = store.publishing.draft(_number(which))
        return Base(number, f"草稿 {draft.id}", draft.personal, store.publishing.files(draft.id))
    if kind == "publication" or (not source and current is not None):
        found = store.publishing.published(_number(which) if source else number)
        return Base(number, f"发布 {found.publication.number}", found.personal, found.files)
    if kind not in ("", "files"):
        raise PublishingRefused(f"没有“{source}”")
    loaded = load_or_kept(working)
    if loaded.flow is None:
        raise FlowRefused(loaded.findings)
    revision = loaded.flow.revision
    return Base(number, "flows/ 的文件", revision.personal, revision.files)


def resume(store: Store, working: Path, source: str, number: int, digest_: str) -> Base:
    """What an edit that goes on began with: its files are those of `digest_`, and it has to follow `number`. Raises as
    `base`, and PublishingRefused where the working copy has changed since."""
    found = base(store, working, source or (f"publication:{number}" if number else "files"))
    if found.digest != digest_:
        raise PublishingRefused(f"{found.said}在你修改期间变了：你的文字还在，请重新打开编辑页，对照后再提交")
    return replace(found, number=number)


def check(base: Base, changed: Mapping[str, str], working: Path) -> Loaded:
    """The files with these texts, checked as they would be served; findings that depend on the time may be as of five
    minutes ago. Raises as `Base.with_changes`."""
    return load_texts_or_kept(base.with_changes(changed), base.personal, working)


def propose_texts(
    store: Store, permit: Permit, working: WorkingCopy, base: Base, changed: Mapping[str, str], reason: str, now: int
) -> Draft:
    """The files with these texts become a draft, with who wrote it and why at the top (HB 12.2.2). Raises FlowRefused
    where they have errors, PublishingRefused where a test fails, nothing has changed, something was published since the
    edit began, or without a reason."""
    if not reason.strip():
        raise PublishingRefused("请写明改动的原因")
    files = base.with_changes(changed)
    current = store.publishing.current()
    if current is not None and current.number != base.number:
        raise PublishingRefused(
            f"你开始修改以后，{current.published_by} 已于 {moment(current.t):%Y-%m-%d %H:%M} 发布了 {current.number}"
            f"（{current.reason}）。没有提交；你的文字还在，请对照 {current.number} 合并后再提交"
        )
    if current is not None and digest(files) == current.digest:
        raise PublishingRefused(f"与已发布的版本 {current.number} 相同，没有可提交的改动")
    loaded = load_texts(files, base.personal, working.folder)
    if loaded.flow is None:
        raise FlowRefused(loaded.findings)
    files[HOTLINE_FILE] = edit.set_words(files[HOTLINE_FILE], {"author": permit.person, "reason": reason.strip()})
    return propose_loaded(store, permit, working, load_texts(files, base.personal, working.folder), reason.strip(), now)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise PublishingRefused(f"编号写成数字，不能是“{text}”")
    return int(text)
