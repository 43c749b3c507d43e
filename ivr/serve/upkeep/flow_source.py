"""Where the flow that is served comes from: the operator's folder as it is, or, where two people are needed, what was
published (CBA 四十三). A hand edit of the folder waits then, and the node says so."""

from __future__ import annotations

import logging
import time

from ivr.errors import HotlineError, StoreError
from ivr.flow.findings import Finding
from ivr.flow.model import Flow
from ivr.flow.reading.source import Signature, signature
from ivr.flow.store import FlowStore, Reload
from ivr.people.late_notices import LateNotice, late_notices
from ivr.records.publishing.model import Publication, PublishedFiles, digest
from ivr.records.store import Store
from ivr.report.monitoring.live_publishing import EditWaits, PublishingState
from ivr.serve.upkeep.published_folder import PublishedFolder
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: The database is asked so often what is published: a new flow serves within 2 s.
LOOK_SECONDS = 0.8
#: What could not be written, as on a full disk, is tried again so much later.
AGAIN_SECONDS = 10.0
ADOPTED = "首次登记人员时正在服务的菜单"


class FlowSource:
    """`current` is a good revision, always. Raises FlowRefused where there is none to begin with."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._four_eyes, self._flows, self._store = settings.publishing.four_eyes, settings.flows, store
        self._folder = PublishedFolder(settings.published, settings.flows)
        #: What is published, as it was last loaded or tried, with its lists of customers.
        self._published: PublishedFiles | None = None
        self._lists: Signature = ()
        self._lists_seen: Signature = ()
        #: Two people are needed; else the operator's folder is served as it is.
        self._in_force = False
        self._drafts: frozenset[str] = frozenset()
        self._state: PublishingState | None = None
        #: Of what is published; looked up once for each publication.
        self._late: tuple[LateNotice, ...] | None = None
        self._told = EditWaits.NOTHING
        self._look_at = 0.0
        #: Why what is published is not served, or None.
        self.trouble: str | None = None
        flow = self._to_begin_with()
        self._working = FlowStore(settings.flows, flow)
        self.current = flow or self._working.current

    @property
    def state(self) -> PublishingState | None:
        """What waits for a second person; None where none is needed."""
        return self._state

    def poll(self) -> Reload | None:
        """Look for what is to be served next; None where there is nothing new. Called as `FlowStore.poll`."""
        reload = self._looked() if time.monotonic() >= self._look_at else None
        edit = self._working.poll()
        if not self._in_force and reload is None:
            reload = edit
        if reload is not None and reload.flow is not None:
            self.current = reload.flow
        self._tell_waiting(edit)
        return reload

    # ---- what is published

    def _to_begin_with(self) -> Flow | None:
        """What was published; None where the operator's folder is served as it is."""
        if not self._four_eyes:
            return None
        try:
            self._store.migrate()  # at the first start there are no tables yet
            current = self._store.publishing.current() if self._store.people.any() else None
            if current is None:
                return None  # adopted at the first look, where somebody is registered
            self._in_force = True
            reload = self._load(self._store.publishing.published(current.number))
        except HotlineError as wrong:
            log.warning("what is published cannot be looked up: %s", wrong)
            reload = None
        flow = (reload.flow if reload is not None else None) or self._folder.last()
        self._in_force = self._in_force or flow is not None
        return flow

    def _looked(self) -> Reload | None:
        self._look_at = time.monotonic() + LOOK_SECONDS
        try:
            if not self._four_eyes or not self._store.people.any():
                return self._without()
            current = self._store.publishing.current() or self._adopted()
            self._count(current)
            if self._published is None or self._published.publication.number != current.number:
                return self._load(self._store.publishing.published(current.number))
        except StoreError as wrong:
            log.debug("what is published cannot be looked up now: %s", wrong)
            return None
        except HotlineError as wrong:  # the row is damaged
            self.trouble = str(wrong)
            return None
        return self._load(self._published) if self._lists_edited(self._published) else None

    def _without(self) -> Reload | None:
        """Nobody is asked: the operator's folder is served as it is."""
        self._state = None
        if not self._in_force:
            return None
        self._in_force, self._published, self.trouble = False, None, None
        self._folder.forget()
        return Reload(self._working.current, ())

    def _adopted(self) -> Publication:
        revision, now = self.current.revision, time.time_ns() // 1_000_000
        made = self._store.publishing.adopt(revision.files, revision.personal, ADOPTED, now)
        log.warning("edits need two people from now on; revision %s is publication %d", revision.id, made.number)
        return made

    def _load(self, published: PublishedFiles) -> Reload:
        """Serve it with the lists of customers as they are now. Where that cannot be, what is served stays, and nobody
        tries again before something changes; what the disk refused is tried again later."""
        self._published, self._in_force, self._late = published, True, None
        self._lists = self._lists_seen = self._lists_of(published)
        try:
            loaded = self._folder.load(published)
        except HotlineError as wrong:
            return self._refused(published.publication, str(wrong))
        except OSError as wrong:
            self._published, self._look_at = None, time.monotonic() + AGAIN_SECONDS
            return self._refused(published.publication, str(wrong))
        if loaded.flow is None:
            return self._refused(published.publication, "菜单文件有错误", loaded.findings)
        self.trouble = None
        return Reload(loaded.flow, loaded.findings)

    def _refused(self, publication: Publication, why: str, findings: tuple[Finding, ...] = ()) -> Reload:
        self.trouble = f"发布 {publication.number} 不能启用：{why}"
        log.error("publication %d cannot be served: %s", publication.number, why)
        return Reload(None, findings)

    def _lists_of(self, published: PublishedFiles) -> Signature:
        return tuple(one for one in signature(self._flows) if one[0] in published.personal)

    def _lists_edited(self, published: PublishedFiles) -> bool:
        """Whether the lists of customers, which are served without being published, have changed and are at rest."""
        now = self._lists_of(published)
        settled, self._lists_seen = now == self._lists_seen, now
        return settled and now != self._lists

    # ---- what waits

    def _count(self, current: Publication) -> None:
        now = time.time_ns() // 1_000_000
        drafts, unconfirmed = self._store.publishing.drafts(), self._store.publishing.unconfirmed()
        self._drafts = frozenset(draft.digest for draft in drafts)
        late = sum(one.late(now) for one in unconfirmed)
        self._state = PublishingState(
            current.number, self._told, len(drafts), len(unconfirmed), late, self._late_notices(now)
        )

    def _late_notices(self, now: int) -> int:
        """Callers hear them all the same: that is better than not to be told."""
        if self._late is None:
            self._late = late_notices(self._store, self.current, self._flows, now)
            for one in self._late:
                log.warning("a maintenance notice that is served comes too late: %s", one)
        return sum(now < one.announcement.ends_at for one in self._late)

    def _waits(self) -> EditWaits:
        if not self._in_force:
            return EditWaits.NOTHING
        if self._working.broken:
            return EditWaits.BROKEN
        kept = digest(self._working.current.revision.files)
        if kept == digest(self.current.revision.files):
            return EditWaits.NOTHING
        return EditWaits.PROPOSED if kept in self._drafts else EditWaits.NOT_PROPOSED

    def _tell_waiting(self, edit: Reload | None) -> None:
        """Once for each edit, and in the state as long as it waits."""
        waits = self._waits()
        if waits is not EditWaits.NOTHING and (waits is not self._told or edit is not None):
            log.warning("%s holds an edit that is not served: %s", self._flows, waits.name.lower())
        self._told = waits
        if self._state is not None and self._state.edit is not waits:
            self._state = self._state.with_edit(waits)
