"""Every page that is read, with addresses at which there is something to show (`console_data`), and those that are
measured elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.console.page import PageSpec
from ivr.records import days as local_days
from ivr.records.approvals.model import ApprovalKind
from ivr.records.store import Store
from tests.bench.console_data import CALL_SOUND, DAYS, WAITING, WHOLE
from tests.browser.rig.pages import read

#: Not asked for here, and why.
ELSEWHERE: Mapping[str, str] = {
    "/desk/live": "an event stream: console_crowd",
    "/try/live": "an event stream: as /desk/live",
    "/desk/fragment/caller/{call_id}": "needs a call at the agent's telephone: console_crowd",
    "/desk/fragment/day": "needs an agent's number: console_crowd",
    "/text/{session}": "what it shows is the node's alone",
    "/now/calls/{call_id}": "needs a call in progress",
    "/now/calls/{call_id}/whole": "needs a call in progress",
    "/complaints/{id}/order": "the same case as its page, as JSON",
    "/emergencies/{id}/evidence/{name}": "a file that the page of the emergency has made",
}
#: Files to take away: measured, with no goal, since nobody waits for them as for a page.
FILES = ("/file", ".zip", "/sound/", "/sound", "/waiting")


@dataclass(frozen=True, slots=True)
class Samples:
    """What there is in the database that a page can be about."""

    agent: str
    complaint: str
    decided: str
    draft: int
    overtaken: int
    publication: int
    work: int
    emergency: int
    intent: str
    plan: str
    turn: str
    approval: int
    month: str

    @classmethod
    def of(cls, store: Store, now: int, intent: str) -> Samples:
        """Those of a database."""
        call = store.get(WHOLE)
        assert call is not None
        cases = store.complaints.list(open_only=False)
        plan = store.plans()[0]
        current = store.publishing.current()
        assert current is not None
        since = local_days.local_day(now - (DAYS - 1) * local_days.DAY_MS)
        return cls(
            agent=call.agent_legs[0].agent_id,
            complaint=next(one for one in cases if not one.state.over).id,
            decided=next(one for one in cases if one.decision is not None).id,
            draft=next(one for one in store.publishing.drafts() if one.base == current.number).id,
            overtaken=next(one for one in store.publishing.drafts() if one.base < current.number).id,
            publication=current.number,
            work=store.work.items(open_only=True, limit=1)[0].id,
            emergency=store.emergencies.list()[0].id,
            intent=intent,
            plan=plan.id,
            turn=plan.drawn[0].turn_id,
            approval=store.approvals.list(kind=ApprovalKind.PROMPT)[0].id,
            month=f"from={since}&to={local_days.local_day(now)}",
        )


def addresses(spec: PageSpec, one: Samples, person: str) -> Sequence[str]:
    """What is asked for of a page; nothing of those in `ELSEWHERE`."""
    if spec.path in ELSEWHERE:
        return ()
    month, clip = one.month, WAITING.removeprefix("prompt:")
    parts = {
        "/calls": ("/calls", f"/calls?{month}"),
        "/calls/worst": ("/calls/worst", f"/calls/worst?{month}"),
        "/calls/{call_id}/sound/{name}": (f"/calls/{WHOLE}/sound/{CALL_SOUND}",),
        "/calls/{call_id}/turns/{turn_id}/sound": (f"/calls/{WHOLE}/turns/{WHOLE}-t/sound",),
        "/calls/{call_id}/test.zip": (f"/calls/{WHOLE}/test.zip?name=bench",),
        "/calls/{call_id}/score/{agent}": (f"/calls/{WHOLE}/score/{one.agent}",),
        "/people/{id}": (f"/people/{person}",),
        "/figures": ("/figures", *(f"/figures?{month}{by}" for by in ("", "&by=day", "&by=hour", "&by=queue"))),
        "/figures/compliance": ("/figures/compliance", f"/figures/compliance?{month}"),
        "/figures/compliance/file/{form}": (f"/figures/compliance/file/html?{month}",),
        "/figures/file/{form}": tuple(f"/figures/file/{form}?{month}" for form in ("xlsx", "html")),
        "/figures/chart/{number}": (f"/figures/chart/0?{month}",),
        "/figures/of/{id}": ("/figures/of/hb.ivr_connect_rate", f"/figures/of/hb.ivr_connect_rate?{month}"),
        "/figures/of/{id}/course": (f"/figures/of/hb.ivr_connect_rate/course?{month}",),
        "/figures/of/{id}/calls": (f"/figures/of/hb.ivr_connect_rate/calls?{month}",),
        "/menus/forms/{place}": ("/menus/forms/menu:main", "/menus/forms/hours:service"),
        "/menus/places/{node}": ("/menus/places/menu:main",),
        "/menus/drafts/{draft}": (f"/menus/drafts/{one.draft}",),
        "/menus/merge": (f"/menus/merge?draft={one.overtaken}",),
        "/menus/publications/{number}": (f"/menus/publications/{one.publication}",),
        "/menus/prompts/{prompt}": ("/menus/prompts/greeting",),
        "/menus/prompts/{prompt}/sound": (f"/menus/prompts/greeting/sound?clip={clip}",),
        "/menus/prompts/{prompt}/waiting": (f"/menus/prompts/greeting/waiting?clip={clip}&approval={one.approval}",),
        "/menus/heard": ("/menus/heard?at=2027-02-06T10:00&also=2027-02-08T10:00",),
        "/knowledge/{id}": (f"/knowledge/{one.intent}",),
        "/labels/walk": (f"/labels/walk?plan={one.plan}",),
        "/labels/sound/{turn_id}": (f"/labels/sound/{one.turn}",),
        "/complaints": ("/complaints", "/complaints?all=1"),
        "/complaints/{id}": (f"/complaints/{one.complaint}",),
        "/complaints/{id}/notice/{kind}": (f"/complaints/{one.decided}/notice/decision",),
        "/complaints/{id}/listen": (f"/complaints/{one.complaint}/listen",),
        "/complaints/{id}/sound": (f"/complaints/{one.complaint}/sound",),
        "/emergencies/{id}": (f"/emergencies/{one.emergency}",),
        "/work/{id}": (f"/work/{one.work}",),
        "/work/{id}/listen": (f"/work/{one.work}/listen",),
        "/work/{id}/sound": (f"/work/{one.work}/sound",),
        "/audit": ("/audit", f"/audit?{month}&person=agent7"),
    }
    return parts.get(spec.path) or (spec.path.replace("{call_id}", WHOLE),)


def every() -> Sequence[PageSpec]:
    """All pages that are read."""
    return read()


def is_file(url: str) -> bool:
    """Whether it is one that is taken away."""
    path = url.partition("?")[0]
    return any(path.endswith(end) or f"{end.rstrip('/')}/" in path for end in FILES)
