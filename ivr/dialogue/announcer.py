"""What one caller is told beside what he came for: the announcements of the day, and the emergency that is in force.
Who has been told something, or has pressed on through it, is not told again, but at the leaf that it concerns."""

from __future__ import annotations

from collections.abc import Callable

from ivr.flow.announcements import Announcement, heard_at
from ivr.flow.emergency import Measures
from ivr.flow.model import Flow
from ivr.flow.steps.acts import Announced, Say
from ivr.records.emergency import InForce
from ivr.records.vocabulary import AnnouncementPlace


class Announcer:
    """Of one call that began at `at` (UTC epoch ms); `emergency` is what it is served under now."""

    def __init__(self, flow: Flow, at: int, emergency: InForce | None = None) -> None:
        self._flow = flow
        self._announcements = tuple(heard_at(flow.announcements, at))
        self._told: set[str] = set()
        self._told_in_leaves: set[str] = set()
        self.emergency = emergency

    @property
    def measures(self) -> Measures:
        """What the emergency does to the call."""
        return self._flow.emergency.measures(self.emergency)

    def before_menu(self) -> tuple[Say, ...]:
        """Before the first menu: what has happened, then what is announced."""
        announced = self._prompts(lambda one: one.menu)
        return self._once(self._happened(self.measures.announcement) | announced, AnnouncementPlace.MENU, self._told)

    def in_leaf(self, leaf: str) -> tuple[Say, ...]:
        """At the beginning of a leaf."""
        return self._once(self._prompts(lambda one: leaf in one.leaves), AnnouncementPlace.LEAF, self._told_in_leaves)

    def in_queue(self, queue: str) -> tuple[Say, ...]:
        """To who waits in the queue now."""
        announced = self._prompts(lambda one: queue in one.queues)
        return self._once(self._happened(self.measures.for_waiting) | announced, AnnouncementPlace.QUEUE, self._told)

    def _prompts(self, here: Callable[[Announcement], bool]) -> dict[str, tuple[str, ...]]:
        return {one.id: (one.prompt,) for one in self._announcements if here(one)}

    def _happened(self, prompts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        now = self.emergency
        return {} if now is None or not prompts else {f"emergency:{now.kind}:{now.level}:{now.phase}": prompts}

    @staticmethod
    def _once(wanted: dict[str, tuple[str, ...]], place: AnnouncementPlace, told: set[str]) -> tuple[Say, ...]:
        fresh = {id: prompts for id, prompts in wanted.items() if id not in told}
        told.update(fresh)
        return tuple(
            Say(prompt, announced=Announced(id, place, last=number == len(prompts)))
            for id, prompts in fresh.items()
            for number, prompt in enumerate(prompts, 1)
        )
