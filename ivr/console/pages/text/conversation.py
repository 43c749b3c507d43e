"""The same conversation as by telephone, in writing, from the console: a test that counts in no figure (D10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ivr.console.chat.moves import command
from ivr.console.chat.node import Answer, ask
from ivr.console.page import Visit, act, page
from ivr.errors import TextRefused
from ivr.people.actions import Action
from ivr.serve.agents.desk_socket import socket_path


@page("/text", Action.HOTLINE_TRY, title="文字对话")
async def begin(visit: Visit) -> Response:
    """What it is, and the button that begins it."""
    return visit.render("text/begin.html")


@act("/text", Action.HOTLINE_TRY, title="文字对话", back=begin)
async def start(visit: Visit) -> Response:
    """Begin a conversation."""
    talk = await _ask(visit, "text-start", {"test": True})
    return visit.redirect(f"/text/{talk['session']}")


@page("/text/{session}", Action.HOTLINE_TRY, title="文字对话", target="text")
async def conversation(visit: Visit) -> Response:
    """The conversation as it stands."""
    try:
        return _shown(visit, await _ask(visit, "text-look", {"session": visit.path["session"]}))
    except TextRefused as wrong:
        return visit.redirect("/text", str(wrong))


@act("/text/{session}", Action.HOTLINE_TRY, title="文字对话", target="text", back=conversation)
async def write(visit: Visit) -> Response:
    """What was written, chosen or said of an answer."""
    session = str(visit.path["session"])
    field = {name: visit.field(name) for name in ("do", "text", "key", "question", "resolved")}
    try:
        talk = await _ask(visit, *command(session, field))
    except TextRefused as wrong:
        if wrong.code == "unknown":
            return visit.redirect("/text", str(wrong))
        talk = await _ask(visit, "text-look", {"session": session})
        return _shown(visit, talk, str(wrong), field["text"])
    return _shown(visit, talk) if _part(visit) else visit.redirect(f"/text/{session}")


async def _ask(visit: Visit, name: str, fields: Mapping[str, Any]) -> Answer:
    return await ask(socket_path(visit.settings), name, fields)


def _shown(visit: Visit, talk: Answer, why: str = "", typed: str = "") -> Response:
    values: dict[str, Any] = {
        "talk": talk,
        "why": why,
        "typed": typed,
        "where": f"/text/{talk['session']}",
        "public": False,
    }
    if _part(visit):
        return visit.fragment("text/_part.html", **values)
    return visit.render("text/conversation.html", **values)


def _part(visit: Visit) -> bool:
    return bool(visit.request.headers.get("hx-request"))
