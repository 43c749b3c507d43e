"""Who works at the hotline, and what they may do (CBA 四十二, 五十九)."""

from __future__ import annotations

from starlette.responses import Response

from ivr.console.context import os_user
from ivr.console.page import Visit, act, page
from ivr.console.security.sessions import make_link
from ivr.errors import PeopleRefused
from ivr.people import registry
from ivr.people.actions import ABOUT, Action
from ivr.people.roles import LABELS, MATRIX, Role
from ivr.records.people.model import Person


@page("/people", Action.PEOPLE_READ, title="人员")
def people(visit: Visit) -> Response:
    """Everybody, with the roles that count now."""
    everybody = visit.query.get("all") == "1"
    found = [one for one in visit.store.people.all() if everybody or one.valid_to is None or one.valid_to > visit.now]
    return visit.render("administration/people.html", people=found, everybody=everybody, labels=role_labels)


@page("/people/matrix", Action.PEOPLE_READ, title="角色与权限", target="people")
def matrix(visit: Visit) -> Response:
    """Who may do what, as docs/roles.md has it."""
    actions = [action for action in Action if not ABOUT[action].open]
    return visit.render("administration/matrix.html", roles=tuple(Role), actions=actions, matrix=MATRIX)


@page("/people/new", Action.PEOPLE_MANAGE, title="登记人员", target="people")
def new(visit: Visit) -> Response:
    """The form."""
    return visit.render("administration/new_person.html", roles=tuple(Role))


@act("/people", Action.PEOPLE_MANAGE, target="people", back=new)
def register(visit: Visit) -> Response:
    """A new person with his roles."""
    id_, name = visit.field("id"), visit.field("name")
    roles = tuple(Role(one) for one in visit.form.getlist("role") if one in set(Role))
    since = registry.starts(visit.field("since")) if visit.field("since") else visit.now
    until = registry.ends(visit.field("until")) if visit.field("until") else None
    person = Person(id_, name, since, until, _users(visit), visit.field("agent_id") or None)
    registry.register(visit.store, visit.permit, person, roles, visit.now, os_user=os_user())
    return visit.redirect(f"/people/{id_}", f"已登记 {id_}")


@page("/people/{id}", Action.PEOPLE_READ, title="人员", target="person:{id}")
def person(visit: Visit) -> Response:
    """One person with all grants, those that are over too."""
    id_ = str(visit.path["id"])
    found = visit.store.people.get(id_)
    if found is None:
        raise PeopleRefused(f"没有人员 {id_}")
    sessions = visit.store.console.of(id_, visit.now)
    return visit.render(
        "administration/person.html", person=found, roles=tuple(Role), labels=role_labels, sessions=sessions
    )


@act("/people/{id}/grant", Action.PEOPLE_MANAGE, target="person:{id}", back=person)
def grant(visit: Visit) -> Response:
    """A role more, maybe until a day."""
    id_ = str(visit.path["id"])
    since = registry.starts(visit.field("since")) if visit.field("since") else visit.now
    until = registry.ends(visit.field("until")) if visit.field("until") else None
    registry.grant(visit.store, visit.permit, id_, _role(visit), since, until, visit.now)
    return visit.redirect(f"/people/{id_}", f"已授予{_role(visit).label}")


@act("/people/{id}/revoke", Action.PEOPLE_MANAGE, target="person:{id}", back=person)
def revoke(visit: Visit) -> Response:
    """A role less, at once."""
    id_ = str(visit.path["id"])
    registry.revoke(visit.store, visit.permit, id_, _role(visit), visit.now)
    return visit.redirect(f"/people/{id_}", f"已收回{_role(visit).label}")


@act("/people/{id}/end", Action.PEOPLE_MANAGE, target="person:{id}", back=person)
def end(visit: Visit) -> Response:
    """The person leaves; from then on he is signed out everywhere."""
    id_ = str(visit.path["id"])
    at = registry.ends(visit.field("at")) if visit.field("at") else visit.now
    registry.end(visit.store, visit.permit, id_, at, visit.now)
    return visit.redirect(f"/people/{id_}", "已登记离开")


@act("/people/{id}/os-users", Action.PEOPLE_MANAGE, target="person:{id}", back=person)
def os_users(visit: Visit) -> Response:
    """Who he is on the command line."""
    id_ = str(visit.path["id"])
    registry.map_users(visit.store, visit.permit, id_, _users(visit), visit.now)
    return visit.redirect(f"/people/{id_}", "已更新系统用户")


@act("/people/{id}/link", Action.PEOPLE_MANAGE, target="person:{id}", back=person)
def link(visit: Visit) -> Response:
    """A link that signs the person in once, where he has no password or forgot it: the administrator hands it over. The
    old password counts no more and other browsers are signed out, so nobody signs in for somebody who does not
    notice."""
    id_ = str(visit.path["id"])
    found = visit.store.people.get(id_)
    if found is None or not found.in_force(visit.now):
        raise PeopleRefused(f"没有在职人员 {id_}")
    if id_ == visit.person:
        raise PeopleRefused("自己的登录链接用 ivr console sign-in")
    registry.set_secret(visit.store, visit.permit, id_, None, visit.now)
    visit.store.console.end_all(id_, visit.permit.entry_with(f"person:{id_}", signed_out=True), visit.now)
    secret = make_link(visit.store, id_, visit.permit, visit.now)
    return visit.render("administration/link.html", person=found, url=f"{visit.console.origin}/sign-in/once/{secret}")


def role_labels(roles: tuple[str, ...]) -> str:
    """The roles in words."""
    return "、".join(LABELS[Role(role)] if role in set(Role) else role for role in roles) or "没有角色"


def _role(visit: Visit) -> Role:
    given = visit.field("role")
    if given not in set(Role):
        raise PeopleRefused("没有这个角色")
    return Role(given)


def _users(visit: Visit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visit.field("os_users").replace("，", " ").replace(",", " ").split()))
