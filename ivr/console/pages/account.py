"""One's own account: password, where one is signed in; and the reason for looking at what needs one."""

from __future__ import annotations

import time

from starlette.responses import Response

from ivr.console.page import Visit, act, page
from ivr.errors import NotAllowed, PeopleRefused
from ivr.people import registry, secret
from ivr.people.actions import Action
from ivr.people.roles import LABELS, Role
from ivr.records.audit.model import AuditEntry


@page("/account", Action.PEOPLE_SECRET, title="本人")
def account(visit: Visit) -> Response:
    """Who one is, what one may, where one is signed in."""
    found = visit.store.people.get(visit.person)
    roles = [LABELS[Role(role)] for role in visit.access.roles or () if role in set(Role)]
    actions = [action for action in Action if not action.open and visit.may(action)]
    sessions = visit.store.console.of(visit.person, visit.now)
    return visit.render("account.html", me=found, roles=roles, actions=actions, sessions=sessions, least=secret.LEAST)


@act("/account/password", Action.PEOPLE_SECRET, target="account", back=account)
def password(visit: Visit) -> Response:
    """A new password, with the old one where there is one; other sessions end."""
    found = visit.store.people.get(visit.person)
    if found is None:
        raise PeopleRefused("没有这位人员")
    new, again = str(visit.form.get("password", "")), str(visit.form.get("again", ""))
    if found.secret is not None and not _proves(visit, found.secret):
        raise PeopleRefused("原来的密码不对")
    if new != again:
        raise PeopleRefused("两次输入的密码不一样")
    registry.set_secret(visit.store, visit.permit, visit.person, new[:1000], visit.now)
    visit.store.console.end_all(visit.person, _signed_out(visit), visit.now, but=visit.signed_in.session.id)
    return visit.redirect("/account", "密码已更新，其他浏览器上的登录已失效")


@act("/account/sign-out-elsewhere", Action.PEOPLE_SECRET, target="account")
def sign_out_elsewhere(visit: Visit) -> Response:
    """All sessions but this one end."""
    visit.store.console.end_all(visit.person, _signed_out(visit), visit.now, but=visit.signed_in.session.id)
    return visit.redirect("/account", "其他浏览器上的登录已失效")


@act("/reason", Action.HELP)
def reason(visit: Visit) -> Response:
    """Why somebody looks at what needs a reason; it counts for half an hour, for this alone."""
    action, target, why = visit.field("action"), visit.field("target"), visit.field("reason")
    known = {one.value: one for one in Action}
    if action not in known or not known[action].needs_reason or not visit.may(known[action]):
        raise NotAllowed("这个操作不需要原因，或者无权操作")
    if not why or len(why) > 200 or not why.isprintable():
        raise PeopleRefused("原因应为一行文字，最多 200 个字")
    visit.store.console.give_reason(visit.signed_in.session.id, action, target[:200], why, visit.now)
    return visit.redirect(visit.field("next"))


def _proves(visit: Visit, kept: str) -> bool:
    """Whether the old password was given. Raises PeopleRefused after too many wrong ones: whoever finds a browser that
    is open guesses no more often than at the door."""
    console, given = visit.console, str(visit.form.get("old_password", ""))[:1000]
    if not console.tries_of_person.take(visit.person, time.monotonic()):
        raise PeopleRefused("尝试次数太多：请五分钟后再试")
    with console.proving:
        right = secret.fits(kept, given)
    if right:
        console.tries_of_person.forget(visit.person)
    return right


def _signed_out(visit: Visit) -> AuditEntry:
    target = f"person:{visit.person}"
    return AuditEntry(visit.person, Action.CONSOLE_SIGN_IN.value, target, detail='{"how": "signed out elsewhere"}')
