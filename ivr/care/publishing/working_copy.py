"""The operator's folder brought to what was published."""

from __future__ import annotations

from pathlib import Path

from ivr.errors import PublishingRefused
from ivr.flow import edit
from ivr.flow.loader import load
from ivr.people.access import Permit
from ivr.records.publishing.model import PublishedFiles, digest
from ivr.records.store import Store


def check_out(
    store: Store, permit: Permit, folder: Path, number: int | None, now: int, *, discard: bool = False
) -> PublishedFiles:
    """Write the files of a publication (None: the current one) over those of the working copy; lists of customers and
    other files stay. Raises PublishingRefused where an edit would be lost that is in no draft, unless it is to be
    discarded; OSError."""
    if number is None:
        if (current := store.publishing.current()) is None:
            raise PublishingRefused("还没有发布过")
        number = current.number
    wanted = store.publishing.published(number)
    if not wanted.whole:
        raise PublishingRefused(f"发布 {wanted.publication.number} 的内容与当时发布的不一致，不能使用")
    if not discard and not _kept_somewhere(store, folder):
        raise PublishingRefused(f"{folder} 里有没提交的改动，会丢失：先 ivr flow propose，或加 --discard 放弃")
    for name, text in wanted.files.items():
        if (folder / name).exists():
            edit.replace(folder / name, text)
        else:
            (folder / name).write_bytes(text.encode())
    store.audit.note(permit.entry_with(f"publication:{wanted.publication.number}", checked_out=True), now)
    return wanted


def _kept_somewhere(store: Store, folder: Path) -> bool:
    """Whether the working copy, as it is, is a draft or a publication."""
    loaded = load(folder)
    if loaded.flow is None:
        return False
    kept = digest(loaded.flow.revision.files)
    return any(draft.digest == kept for draft in store.publishing.drafts(open_only=False))
