"""Proposing: the working copy, or what was published before, becomes a draft that another person has to publish. What
has errors or fails a test does not become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import PublishingRefused
from ivr.flow.findings import FlowRefused
from ivr.flow.loader import Loaded, load
from ivr.flow.model import Flow
from ivr.flow.stored_files import load_texts
from ivr.people.access import Permit
from ivr.people.late_notices import refuse_late
from ivr.people.refusals import told
from ivr.records.publishing.model import Draft, Trial, digest
from ivr.records.store import Store

#: Runs the tests of a flow; they are in the folder `tests` of the working copy.
Trials = Callable[[Flow, Path], Sequence[Trial]]


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """The operator's folder, and what tries a flow out."""

    folder: Path
    trials: Trials


def propose(store: Store, permit: Permit, working: WorkingCopy, reason: str, now: int) -> Draft:
    """The working copy becomes a draft. Raises FlowRefused where it has errors, PublishingRefused where a test fails,
    where nothing has changed, where a maintenance notice comes too late, or without a reason."""
    if not reason.strip():
        raise PublishingRefused("请写明改动的原因")
    return propose_loaded(store, permit, working, load(working.folder), reason.strip(), now)


def propose_again(store: Store, permit: Permit, working: WorkingCopy, number: int, reason: str, now: int) -> Draft:
    """A rollback: what was published as `number` becomes a draft, and is published like any other. Tests that it fails
    are told to whoever reviews it. Raises FlowRefused where it has errors by the checks of today, PublishingRefused
    where it is served already."""
    before = store.publishing.published(number)
    if not before.whole:
        raise PublishingRefused(f"发布 {number} 的内容与当时发布的不一致，不能使用；查 ivr audit verify")
    loaded = load_texts(before.files, before.personal, working.folder)
    return propose_loaded(store, permit, working, loaded, reason.strip() or f"退回到发布 {number}", now, again=number)


def refuse(store: Store, permit: Permit, draft: int, note: str, now: int) -> Draft:
    """Another person says no, and why. Raises PublishingRefused where the draft is not open or his own."""
    with told(store, permit, f"draft:{draft}", now):
        if store.publishing.draft(draft).proposed_by == permit.person:
            raise PublishingRefused(f"草稿 {draft} 是 {permit.person} 本人提交的：不要了用 ivr flow withdraw {draft}")
        if not note.strip():
            raise PublishingRefused("不同意须写明原因")
        return store.publishing.refuse(draft, note.strip(), permit.entry, now)


def withdraw(store: Store, permit: Permit, draft: int, now: int) -> Draft:
    """Whoever proposed a draft takes it back. Raises PublishingRefused where it is not open or somebody else's."""
    with told(store, permit, f"draft:{draft}", now):
        owner = store.publishing.draft(draft).proposed_by
        if owner != permit.person:
            raise PublishingRefused(f"草稿 {draft} 是 {owner} 提交的，只有本人可以撤回")
        return store.publishing.refuse(draft, "", permit.entry, now)


def propose_loaded(
    store: Store, permit: Permit, working: WorkingCopy, loaded: Loaded, reason: str, now: int, again: int | None = None
) -> Draft:
    """Files that were read become a draft. Raises FlowRefused where they have errors, else as `propose`."""
    if loaded.flow is None:
        raise FlowRefused(loaded.findings)
    revision = loaded.flow.revision
    trials = tuple(working.trials(loaded.flow, working.folder))
    failed = [one for one in trials if not one.passed]
    # what was served before may be older than a script; whoever publishes it sees which failed
    if failed and again is None:
        raise PublishingRefused(
            "试走没有全部通过，没有提交：\n" + "\n".join(f"{one.name}：{one.told}" for one in failed)
        )
    draft = Draft(
        digest(revision.files),
        0,
        permit.person,
        reason,
        now,
        revision.personal,
        tuple(str(finding) for finding in loaded.findings),
        trials,
        again,
    )
    with told(store, permit, "draft", now):
        refuse_late(store, loaded.flow, working.folder, now)  # later it comes later still
        return store.publishing.propose(draft, revision.files, permit.entry)
