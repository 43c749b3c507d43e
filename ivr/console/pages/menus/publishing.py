"""Drafts and publications: another person looks at what callers will hear, and publishes; what was published can come
back (CBA 四十三)."""

from __future__ import annotations

from starlette.responses import Response

from ivr.care.publishing import drafts, publication
from ivr.care.publishing.review import Difference, between, compared, review
from ivr.console.page import Visit, act, page
from ivr.console.pages.menus.editor import working
from ivr.errors import PublishingRefused
from ivr.people.actions import Action
from ivr.records.publishing.model import Draft

#: So many publications are listed at once.
_PAGE = 30


@page("/menus/drafts", Action.FLOW_REVIEW, title="草稿与发布")
def listed(visit: Visit) -> Response:
    """What waits for somebody, and what was published, the newest first."""
    before = _number(visit.query.get("before", "")) if visit.query.get("before") else None
    made = visit.store.publishing.history()
    made = tuple(one for one in made if before is None or one.number < before)
    return visit.render(
        "menus/drafts.html",
        waiting=publication.waiting(visit.store, visit.now),
        decided=[] if before else _decided(visit),
        made=made[:_PAGE],
        next=f"/menus/drafts?before={made[_PAGE - 1].number}" if len(made) > _PAGE else "",
    )


def _decided(visit: Visit) -> list[Draft]:
    """The last drafts that somebody has decided on."""
    return [one for one in visit.store.publishing.drafts(open_only=False) if one.decided_by][:10]


@page("/menus/drafts/{draft}", Action.FLOW_REVIEW, title="复核草稿", target="draft:{draft}")
def draft(visit: Visit) -> Response:
    """What callers will hear differently, the text, the findings, the tests; that one has looked is in the trail."""
    found = review(visit.store, visit.permit, _which(visit, "draft"), visit.settings.flows, visit.now)
    own = found.draft.proposed_by == visit.person
    return visit.render("menus/draft.html", review=found, difference=found.difference, own=own)


@act("/menus/drafts/{draft}/publish", Action.FLOW_PUBLISH, target="draft:{draft}", back=draft)
def publish(visit: Visit) -> Response:
    """Put it into service."""
    return _published(visit, emergency=False)


@act("/menus/drafts/{draft}/publish-now", Action.FLOW_PUBLISH_EMERGENCY, target="draft:{draft}", back=draft)
def publish_now(visit: Visit) -> Response:
    """Put it into service alone; somebody else looks at it within a day."""
    return _published(visit, emergency=True)


def _published(visit: Visit, *, emergency: bool) -> Response:
    publication.require_in_force(visit.store, visit.settings.publishing.four_eyes)
    number = _which(visit, "draft")
    made = publication.publish(visit.store, visit.permit, number, visit.settings.flows, visit.now, emergency=emergency)
    return visit.redirect(f"/menus/publications/{made.number}", f"已发布 {made.number}，两秒内对新来电生效")


@act("/menus/drafts/{draft}/refuse", Action.FLOW_PUBLISH, target="draft:{draft}", back=draft)
def refuse(visit: Visit) -> Response:
    """Not like this; why is told."""
    number = _which(visit, "draft")
    drafts.refuse(visit.store, visit.permit, number, visit.field("note"), visit.now)
    return visit.redirect("/menus/drafts", f"草稿 {number} 已否决")


@act("/menus/drafts/{draft}/withdraw", Action.FLOW_PROPOSE, target="draft:{draft}", back=draft)
def withdraw(visit: Visit) -> Response:
    """Whoever proposed it takes it back."""
    number = _which(visit, "draft")
    drafts.withdraw(visit.store, visit.permit, number, visit.now)
    return visit.redirect("/menus/drafts", f"草稿 {number} 已撤回")


@page("/menus/publications/{number}", Action.FLOW_REVIEW, title="发布")
def published(visit: Visit) -> Response:
    """What a publication changed: from the one before, or from `with`."""
    number = _which(visit, "number")
    other = _number(visit.query["with"]) if visit.query.get("with") else None
    found: Difference = (
        between(visit.store, number, visit.settings.flows)
        if other is None
        else compared(visit.store, other, number, visit.settings.flows)
    )
    current = visit.store.publishing.current()
    return visit.render(
        "menus/publication.html",
        made=visit.store.publishing.publication(number),
        current=current,
        difference=found,
        other=other,
        latest=current.number if current else 0,
        late=visit.store.publishing.publication(number).late(visit.now),
    )


@act("/menus/publications/{number}/rollback", Action.FLOW_ROLLBACK, target="publication:{number}", back=published)
def rollback(visit: Visit) -> Response:
    """What was published then becomes a draft, and is published by another person like any other."""
    publication.require_in_force(visit.store, visit.settings.publishing.four_eyes)
    number, reason = _which(visit, "number"), visit.field("reason")
    made = drafts.propose_again(visit.store, visit.permit, working(visit), number, reason, visit.now)
    return visit.redirect(f"/menus/drafts/{made.id}", f"已提交草稿 {made.id}：退回到发布 {number}，由另一个人发布")


@act("/menus/publications/{number}/confirm", Action.FLOW_PUBLISH, target="publication:{number}", back=published)
def confirm(visit: Visit) -> Response:
    """The second person's word on an emergency publication."""
    number, agreed = _which(visit, "number"), visit.field("agreed") == "yes"
    publication.confirm(visit.store, visit.permit, number, agreed, visit.field("note"), visit.now)
    return visit.redirect(f"/menus/publications/{number}", f"发布 {number} 补审{'通过' if agreed else '不同意'}")


def _which(visit: Visit, name: str) -> int:
    return _number(str(visit.path[name]))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise PublishingRefused(f"编号写成数字，不能是“{text[:40]}”")
    return int(text)
