"""Drafts and publications in the database. Every change appends its audit entry in its own transaction. Every method
may be called from any thread and raises StoreError where the database cannot be used: nothing was changed then.

Publishing is compare-and-set: a draft is published on the publication that it was made on, or not at all."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Engine, select, update

from ivr.errors import ApprovalRefused, PublishingRefused
from ivr.records.approvals import rows as approvals
from ivr.records.approvals.model import Approval, ApprovalKind, ApprovalState
from ivr.records.audit.model import SYSTEM, AuditEntry, detail
from ivr.records.audit.trail import append
from ivr.records.database.engine import reading, writing
from ivr.records.database.publishing_tables import flow_draft, flow_publication
from ivr.records.days import DAY_MS, HOUR_MS
from ivr.records.publishing import rows
from ivr.records.publishing.model import (
    EMERGENCY_HOURS,
    Draft,
    DraftState,
    Publication,
    PublishedFiles,
    digest,
    unpacked,
)

#: A draft that nobody has published for so long was checked too long ago.
DRAFT_DAYS = 30


class PublishingStore:
    """What is served and what is to be, in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---- looked up

    def current(self) -> Publication | None:
        """What is to be served now, None where nothing was ever published."""
        with reading(self._engine) as connection:
            return rows.current(connection)

    def publication(self, number: int) -> Publication:
        """A publication. Raises PublishingRefused where there is none of this number."""
        with reading(self._engine) as connection:
            return rows.publication(connection, number)

    def history(self, limit: int | None = None) -> tuple[Publication, ...]:
        """Publications, the newest first."""
        query = select(flow_publication).order_by(flow_publication.c.number.desc()).limit(limit)
        with reading(self._engine) as connection:
            return tuple(Publication(**row) for row in connection.execute(query).mappings())

    def unconfirmed(self) -> tuple[Publication, ...]:
        """Emergency publications that no second person has looked at, and the current one where whoever looked said no;
        the oldest first."""
        table = flow_publication
        query = select(table).where(table.c.emergency, table.c.confirmed.is_not(True)).order_by(table.c.number)
        with reading(self._engine) as connection:
            current = rows.current(connection)
            found = [Publication(**row) for row in connection.execute(query).mappings()]
        return tuple(one for one in found if one.confirmed is None or one == current)

    def drafts(self, *, open_only: bool = True) -> tuple[Draft, ...]:
        """Drafts, the newest first."""
        query = select(*rows.DRAFT).order_by(flow_draft.c.id.desc())
        if open_only:
            query = query.where(flow_draft.c.state == DraftState.OPEN.value)
        with reading(self._engine) as connection:
            return tuple(rows.read_draft(row) for row in connection.execute(query).mappings())

    def draft(self, id_: int) -> Draft:
        """A draft. Raises PublishingRefused where there is none."""
        with reading(self._engine) as connection:
            return rows.draft(connection, id_)

    def files(self, draft: int) -> Mapping[str, str]:
        """The text of a draft's files. Raises PublishingRefused where there is no such draft, or its row is damaged."""
        with reading(self._engine) as connection:
            kept = connection.execute(select(flow_draft.c.files).where(flow_draft.c.id == draft)).scalar()
        if kept is None:
            raise PublishingRefused(f"没有草稿 {draft}")
        try:
            return unpacked(kept)
        except (ValueError, zlib.error) as wrong:
            raise PublishingRefused(f"草稿 {draft} 的内容已损坏：{wrong}") from wrong

    def published(self, number: int) -> PublishedFiles:
        """A publication with its files. Raises PublishingRefused as above."""
        found = self.publication(number)
        return PublishedFiles(found, self.draft(found.draft).personal, self.files(found.draft))

    # ---- changed

    def propose(self, draft: Draft, files: Mapping[str, str], audit: AuditEntry) -> Draft:
        """Keep a draft, on what is published now, and ask for the second person. Raises PublishingRefused where that is
        what is published already, or somebody has proposed it."""
        with writing(self._engine) as connection:
            current = rows.current(connection)
            if current is not None and current.digest == draft.digest:
                raise PublishingRefused(f"与已发布的版本 {current.number} 相同，没有可提交的改动")
            new = replace(draft, base=current.number if current else 0)
            rows.not_proposed(connection, new)
            kept = rows.insert_draft(connection, new, files)
            expires = draft.t_proposed + DRAFT_DAYS * DAY_MS
            approvals.request(
                connection, _asked(kept, ApprovalKind.FLOW, f"draft:{kept.id}", draft.t_proposed, expires)
            )
            entry = replace(audit, target=f"draft:{kept.id}", detail=detail(base=kept.base, digest=kept.digest[:12]))
            append(connection, entry, draft.t_proposed)
            return kept

    def publish(self, draft: int, digest_: str, audit: AuditEntry, now: int, *, emergency: bool = False) -> Publication:
        """Publish a draft whose content has this digest, on behalf of `audit.person`: by another person than whoever
        proposed it, or by one person alone as an `emergency`. Raises PublishingRefused where something else was
        published meanwhile or the draft is not open, ApprovalRefused where it is the same person."""
        with writing(self._engine) as connection:
            wanted = rows.open_draft(connection, draft, digest_)
            rows.on_its_base(connection, wanted)
            asked = approvals.of_target(connection, ApprovalKind.FLOW, f"draft:{draft}")
            if emergency:
                approvals.supersede(connection, asked.id, now)
            else:
                given = approvals.decide(connection, asked.id, audit.person, True, now)
                approvals.use(connection, given, wanted.digest, now)
            made = rows.insert_publication(connection, _publication(wanted, audit, now, emergency))
            if emergency:
                assert made.t_confirm is not None
                by = replace(wanted, proposed_by=audit.person, reason=made.reason)
                target = f"publication:{made.number}"
                kind = ApprovalKind.EMERGENCY_PUBLISH
                approvals.request(connection, _asked(by, kind, target, now, made.t_confirm))
            rows.settle(connection, draft, DraftState.PUBLISHED, audit.person, now, None)
            told = detail(draft=draft, base=wanted.base, digest=wanted.digest[:12], emergency=emergency)
            append(connection, replace(audit, target=f"publication:{made.number}", detail=told), now)
            return made

    def refuse(self, draft: int, note: str, audit: AuditEntry, now: int) -> Draft:
        """Another person says no, or whoever proposed it takes it back. Raises PublishingRefused where the draft is not
        open."""
        with writing(self._engine) as connection:
            wanted = rows.open_draft(connection, draft)
            asked = approvals.of_target(connection, ApprovalKind.FLOW, f"draft:{draft}")
            own = audit.person == wanted.proposed_by
            if own:
                approvals.close(connection, asked.id, audit.person, now)
            elif asked.state(now) is not ApprovalState.EXPIRED:  # else nobody decides it any more, and it goes as well
                approvals.decide(connection, asked.id, audit.person, False, now)
            state = DraftState.WITHDRAWN if own else DraftState.REFUSED
            rows.settle(connection, draft, state, audit.person, now, note or None)
            append(connection, replace(audit, target=f"draft:{draft}", detail=detail(state=state.value)), now)
            return rows.draft(connection, draft)

    def confirm(self, number: int, agreed: bool, note: str, audit: AuditEntry, now: int) -> Publication:
        """The second person's word on an emergency publication. Raises PublishingRefused where it is none, and
        ApprovalRefused where it is whoever proposed or published it, or where it was said already."""
        with writing(self._engine) as connection:
            made = rows.publication(connection, number)
            if not made.emergency:
                raise PublishingRefused(f"发布 {number} 不是紧急发布，不需要补审")
            if audit.person == made.proposed_by:
                raise ApprovalRefused(f"发布 {number} 的内容是 {audit.person} 提交的，补审必须由另一个人")
            asked = approvals.of_target(connection, ApprovalKind.EMERGENCY_PUBLISH, f"publication:{number}")
            approvals.decide(connection, asked.id, audit.person, agreed, now)
            values = {"confirmed": agreed, "confirmed_by": audit.person, "t_confirmed": now, "note": note or None}
            connection.execute(update(flow_publication).where(flow_publication.c.number == number).values(**values))
            told = detail(agreed=agreed, late=made.overdue(now))
            append(connection, replace(audit, target=f"publication:{number}", detail=told), now)
            return rows.publication(connection, number)

    def adopt(self, files: Mapping[str, str], personal: tuple[str, ...], reason: str, now: int) -> Publication:
        """What is served already becomes the first publication, where there is none; else the current one comes back.
        Nobody has asked for it: the hotline does so by itself when people are first registered."""
        with writing(self._engine) as connection:
            if (current := rows.current(connection)) is not None:
                return current
            first = Draft(digest(files), 0, SYSTEM, reason, now, personal)
            kept = rows.insert_draft(connection, first, files)
            audit = AuditEntry(SYSTEM, "flow.publish", "publication:1", reason=reason)
            made = rows.insert_publication(connection, _publication(kept, audit, now, False))
            rows.settle(connection, kept.id, DraftState.PUBLISHED, SYSTEM, now, None)
            append(connection, replace(audit, detail=detail(draft=kept.id, digest=kept.digest[:12])), now)
            return made


def _asked(draft: Draft, kind: ApprovalKind, target: str, now: int, expires: int) -> Approval:
    return Approval(kind, target, draft.digest, draft.proposed_by, draft.reason, now, expires)


def _publication(draft: Draft, audit: AuditEntry, now: int, emergency: bool) -> Publication:
    return Publication(
        number=draft.base + 1,
        draft=draft.id,
        digest=draft.digest,
        proposed_by=draft.proposed_by,
        published_by=audit.person,
        reason=audit.reason or draft.reason,
        t=now,
        again=draft.again,
        emergency=emergency,
        t_confirm=now + EMERGENCY_HOURS * HOUR_MS if emergency else None,
    )
