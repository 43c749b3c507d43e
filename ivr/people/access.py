"""Who asks, and whether he may: every command and every page comes through here (CBA 四十二)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ivr.errors import NotAllowed
from ivr.people.actions import Action, WhenEntered
from ivr.people.roles import MATRIX, may
from ivr.records.audit.model import AuditEntry
from ivr.records.audit.model import detail as as_detail
from ivr.records.numbers import masked
from ivr.records.people.model import Person
from ivr.records.store import Store


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is on the command line: the user of the operating system, as the kernel says, and the person whom
    he says he is (IVR_PERSON), who counts only where this user is mapped to that person."""

    os_user: str
    claimed: str | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one action. `entry` is what the trail gets: who carries the action out hands it on, and `entry_with`
    gives it what only he knows."""

    action: Action
    entry: AuditEntry

    @property
    def person(self) -> str:
        """Who was given leave: an id, or `os:NAME` as long as nobody is registered."""
        return self.entry.person

    def entry_with(self, target: str | None = None, **detail: object) -> AuditEntry:
        """The entry with what was done to what: names and ids, no personal data."""
        found = self.entry if target is None else replace(self.entry, target=target)
        return replace(found, detail=as_detail(**detail)) if detail else found


class Access:
    """One person's rights at one moment."""

    def __init__(
        self,
        store: Store,
        person: str,
        roles: tuple[str, ...] | None,
        now: int,
        *,
        why_not: str = "",
        agent_id: str | None = None,
        os_user: str | None = None,
    ) -> None:
        """`roles` None: nobody is registered, and everything is allowed. `why_not`: why this is nobody who may
        anything. `agent_id`: who he is by telephone. `os_user`: as whom the operating system knows him."""
        self._store = store
        self.person = person
        self.roles = roles
        self.now = now
        self.agent_id = agent_id
        self._why_not, self._os_user = why_not, os_user

    def permit(self, action: Action, target: str, reason: str | None = None) -> Permit:
        """Leave for `action` on `target`. Raises NotAllowed, and the refusal is in the trail then."""
        try:
            return self.decide(action, target, reason)
        except NotAllowed:
            self._store.audit.note(self.refusal(action, target, reason), self.now)
            raise

    def decide(self, action: Action, target: str, reason: str | None = None) -> Permit:
        """The same without a word in the trail, for who enters the `refusal` himself."""
        entry = AuditEntry(self.person, action.value, target, reason=_kept(reason), os_user=self._os_user)
        if action.open or self.roles is None:
            return Permit(action, entry)
        if self._why_not:
            raise NotAllowed(self._why_not)
        role = next((role for role in self.roles if may(role, action)), None)
        if role is None:
            posts = "、".join(one.label for one in sorted(MATRIX[action])) or "没有角色"
            raise NotAllowed(f"{self.person} 无权{action.label}：这是{posts}的权限")
        if action.needs_reason and not (reason or "").strip():
            raise NotAllowed(f"{action.label}须写明原因（--reason）")
        return Permit(action, replace(entry, role=role))

    @property
    def gone(self) -> bool:
        """Whether this is nobody (any more): not even what is open is for him."""
        return bool(self._why_not)

    def may(self, action: Action) -> bool:
        """Whether leave would be given, with a reason where one is needed: for what is shown or hidden. Nothing is
        entered."""
        if action.open or self.roles is None:
            return True
        return not self._why_not and any(may(role, action) for role in self.roles)

    def at_desk_of(self, agent: str) -> Action:
        """What it is to do something at an agent's telephone: at his own, or at another's."""
        return Action.AGENTS_DESK if agent == self.agent_id else Action.AGENTS_MANAGE

    def secret_of(self, person: str) -> Action:
        """What it is to set somebody's secret: one's own, or another's."""
        return Action.PEOPLE_SECRET if person == self.person else Action.PEOPLE_MANAGE

    def refusal(self, action: Action, target: str, reason: str | None = None) -> AuditEntry:
        """What the trail gets where leave is refused."""
        role = self.roles[0] if self.roles else None
        entry = AuditEntry(self.person, action.value, target, reason=_kept(reason), role=role, os_user=self._os_user)
        return replace(entry, allowed=False)


def access(store: Store, identity: Identity, now: int) -> Access:
    """The rights of whom the operating system and IVR_PERSON name, at `now`."""
    people = store.people.all()
    user = identity.os_user
    stranger = f"os:{user}"
    if not people:
        return Access(store, stranger, None, now, os_user=user)
    mapped = [person for person in people if identity.os_user in person.os_users]
    # who has left leaves his user to whoever has it now
    mapped = [person for person in mapped if not person.ended(now)] or mapped
    if identity.claimed is not None:
        mapped = [person for person in mapped if person.id == identity.claimed]
        if not mapped:
            why = f"系统用户 {identity.os_user} 没有对应到人员 {identity.claimed}（IVR_PERSON）"
            return Access(store, stranger, (), now, why_not=why, os_user=user)
    if not mapped:
        why = f"系统用户 {identity.os_user} 没有对应的人员：请系统管理员登记"
        return Access(store, stranger, (), now, why_not=why, os_user=user)
    if len(mapped) > 1:
        ids = "、".join(person.id for person in mapped)
        why = f"系统用户 {identity.os_user} 对应几位人员：请用 IVR_PERSON 写明 {ids}"
        return Access(store, stranger, (), now, why_not=why, os_user=user)
    return _of(store, mapped[0], now, user)


def access_of(store: Store, person: str, now: int) -> Access:
    """The rights of a person who has proved who he is (by his secret, on a page)."""
    found = store.people.get(person)
    if found is None:
        return Access(store, person, (), now, why_not=f"没有人员 {person}")
    return _of(store, found, now)


def _of(store: Store, person: Person, now: int, os_user: str | None = None) -> Access:
    if not person.in_force(now):
        return Access(store, person.id, (), now, why_not=f"人员 {person.id} 现在不在有效期内", os_user=os_user)
    return Access(store, person.id, person.roles(now), now, agent_id=person.agent_id, os_user=os_user)


#: Telephone numbers, cards, IDs in what somebody gives as his reason.
_NUMBERS = re.compile(r"(?<![0-9])(?:(?:\+?86)?1[3-9][0-9]{9}|0[0-9]{9,11}|[0-9]{15,19}|[0-9]{17}[Xx])(?![0-9])")


def _kept(reason: str | None) -> str | None:
    """A reason as the trail keeps it: of a full number only the last four."""
    given = (reason or "").strip()
    return _NUMBERS.sub(lambda found: masked(found[0]), given) or None


def enters_itself(action: Action) -> bool:
    """Whether leave for it is entered in the trail before anything is done; else the change does, or nobody."""
    return action.entered is WhenEntered.BEFORE
