"""`/live?topics=now,menu`: the one event stream of a browser. Whoever is signed in may open it, for what he may see."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ivr.console.live.live import Live, action_of
from ivr.console.live.streams import Reader
from ivr.console.security.sessions import Sessions
from ivr.errors import NotAllowed, StoreError
from ivr.people.access import Access, access_of
from ivr.people.actions import Action
from ivr.records.store import Store

_MOST_TOPICS = 12


def live_route(live: Live, sessions: Sessions, store: Store) -> Route:
    """The stream's route."""

    def admitted(request: Request, topics: dict[str, Action]) -> tuple[str, Access] | None:
        """In a thread. None: nobody is signed in. Raises NotAllowed, entered in the trail, and StoreError."""
        now = live.clock()
        if (signed_in := sessions.of(request, now)) is None:
            return None
        access = access_of(store, signed_in.session.person, now)
        for topic, action in topics.items():
            access.permit(action, f"live:{topic}")
        return signed_in.session.id, access

    async def endpoint(request: Request) -> Response:
        asked = sorted(set(request.query_params.get("topics", "").split(",")) - {""})
        topics = {topic: action for topic in asked if (action := action_of(topic)) is not None}
        if len(asked) > _MOST_TOPICS or len(topics) < len(asked):
            return PlainTextResponse("没有这样的现场数据\n", 400)
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("只能由控制台自己的页面读取\n", 403)
        try:
            found = await run_in_threadpool(admitted, request, topics)
        except NotAllowed as wrong:
            return PlainTextResponse(f"{wrong}\n", 403)
        except StoreError:
            return PlainTextResponse("数据库现在不能用\n", 503)
        if found is None:
            return PlainTextResponse("登录已失效\n", 401)
        session, access = found
        if (reader := live.streams.open(session, access, topics)) is None:
            return PlainTextResponse("打开的页面太多\n", 429)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_texts(live, reader), media_type="text/event-stream", headers=headers)

    return Route("/live", endpoint, methods=["GET"])


async def _texts(live: Live, reader: Reader) -> AsyncIterator[str]:
    try:
        async for text in reader.texts():
            yield text
    finally:
        live.close(reader)
