"""Which telephone a visitor of the console may have."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from ivr.console.context import Console
from ivr.console.security.last_known import Visitor
from ivr.console.security.sessions import SignedIn
from ivr.console.telephone.line import Line, agents_line, try_line
from ivr.errors import NotAllowed
from ivr.people.access import Access
from ivr.people.actions import Action
from ivr.serve.asterisk.configuration import read_secrets


def agents_line_of(console: Console, signed_in: SignedIn, access: Access) -> Line:
    """The telephone of the agent who is signed in. Raises HotlineError."""
    access.permit(Action.AGENTS_DESK, "telephone")
    flow = console.served.now()
    if access.agent_id is None or access.agent_id not in flow.agents:
        raise NotAllowed(f"{access.person} 没有座席工号，不能用座席的浏览器电话")
    own = read_secrets(console.settings).browsers
    return agents_line(own, signed_in.session.id, access.agent_id, flow.numbers)


def try_line_of(console: Console, signed_in: SignedIn, access: Access) -> Line:
    """A telephone to try the hotline with. Raises HotlineError."""
    access.permit(Action.HOTLINE_TRY, "telephone")
    own = read_secrets(console.settings).browsers
    return try_line(own, signed_in.session.id, console.served.now().numbers)


def visitor(console: Console, connection: HTTPConnection) -> Visitor:
    """Who is on the other end. Raises HotlineError, NotAllowed where that is definite."""
    if (found := console.last_known.of(connection)) is None:
        raise NotAllowed("没有登录，或者登录已失效")
    return found
