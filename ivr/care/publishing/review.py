"""What the second person looks at before publishing: what callers will hear differently, the text, the findings, and
the tests that ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ivr.flow.changes.comparison import Change, compare, text_diff
from ivr.flow.findings import Finding
from ivr.flow.loader import load_or_kept
from ivr.flow.model import Flow
from ivr.flow.stored_files import load_texts_or_kept
from ivr.people.access import Permit
from ivr.people.late_notices import LateNotice, late_notices
from ivr.records.publishing.model import Draft, Publication, PublishedFiles
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class Difference:
    """From what is published (`base`, None: nothing) to something else: what callers notice, place by place, and the
    files' text. `broken`: one of the two has errors, so that only the texts could be compared."""

    base: Publication | None
    changes: tuple[Change, ...]
    text: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A draft as it stands: against what is published now, by the checks of today. `overtaken`: what was published
    since the draft was made, so that it cannot be published any more. `late`: maintenance notices that come too late
    now."""

    draft: Draft
    difference: Difference
    findings: tuple[Finding, ...]
    overtaken: Publication | None
    late: tuple[LateNotice, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it can be published."""
        return self.overtaken is None and not self.difference.broken and not self.late


def review(store: Store, permit: Permit, draft_id: int, working: Path, now: int) -> Review:
    """Everything about a draft; that this person has looked at it is in the audit trail from now on. Raises
    PublishingRefused where there is none."""
    draft = store.publishing.draft(draft_id)
    files = store.publishing.files(draft_id)
    current = published(store)
    loaded = load_texts_or_kept(files, draft.personal, working)
    found = difference(current, loaded.flow, files, working)
    overtaken = current.publication if current and current.publication.number != draft.base else None
    store.audit.note(replace(permit.entry, target=reviewed(draft_id)), now)
    late = () if loaded.flow is None else late_notices(store, loaded.flow, working, now)
    return Review(draft, found, loaded.findings, overtaken, late)


def reviewed(draft_id: int) -> str:
    """What the audit trail calls a draft that was looked at."""
    return f"draft:{draft_id}"


def published(store: Store) -> PublishedFiles | None:
    """What is published now, with its files; None where nothing is."""
    current = store.publishing.current()
    return None if current is None else store.publishing.published(current.number)


def working_difference(store: Store, working: Path) -> Difference:
    """From what is published to the working copy; where that has errors only the files of the same names."""
    current, loaded = published(store), load_or_kept(working)
    if loaded.flow is not None:
        return difference(current, loaded.flow, loaded.flow.revision.files, working)
    names = [name for name in (current.files if current else ()) if (working / name).is_file()]
    texts = {name: (working / name).read_bytes().decode("utf-8-sig", "replace") for name in names}
    return difference(current, None, texts, working)


def difference(
    current: PublishedFiles | None, after: Flow | None, files: Mapping[str, str], working: Path
) -> Difference:
    """From what is published to `after`, whose texts are `files`."""
    before = None if current is None else load_texts_or_kept(current.files, current.personal, working).flow
    broken = after is None or (current is not None and before is None)
    changes = () if broken or after is None else compare(before, after)
    text = text_diff(current.files if current else {}, files)
    return Difference(current.publication if current else None, changes, text, broken)


def between(store: Store, number: int, working: Path) -> Difference:
    """What a publication changed: from the one before it. Raises PublishingRefused where there is none."""
    if number > 1:
        return compared(store, number - 1, number, working)
    first = store.publishing.published(number)
    return difference(None, load_texts_or_kept(first.files, first.personal, working).flow, first.files, working)


def compared(store: Store, before: int, after: int, working: Path) -> Difference:
    """From one publication to any other. Raises PublishingRefused where there is none."""
    old, new = store.publishing.published(before), store.publishing.published(after)
    return difference(old, load_texts_or_kept(new.files, new.personal, working).flow, new.files, working)
