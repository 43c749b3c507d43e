"""Who has a page of the console open, in a process of its own: `python -m tests.bench.console_visitors`, told by a line
of JSON what to open. A desk has its event stream, its beats and a registered telephone over the console's WebSocket
(SIP over WebSocket, RFC 7118, with signs of life); a wall has its live figures. It prints `ready` once all of it is
open, goes on until its input is closed, and ends with a line of JSON of what it was told and how late."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx2
from websockets import WebSocketException
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

#: As the pages have it (ivr/console/web): a desk's beat, and its telephone's sign of life (seconds).
BEAT_S, ALIVE_S = 3.0, 3.0
_REGISTERED_S = 600
#: Agents come to work one after the other (seconds).
COMES_S = 0.3
_FIGURE = re.compile(r"进行中的来电</span><b>(\d+)</b>")


@dataclass(frozen=True, slots=True)
class Visitors:
    """What to open: the console's address, and the cookie of each desk and each wall (name, value)."""

    url: str
    desks: Sequence[tuple[str, str]]
    walls: Sequence[tuple[str, str]]


@dataclass(slots=True)
class Seen:
    """What they saw. `beats`: ms until each beat was answered; `calls`: for each wall how many calls it showed when (s
    since the epoch); `ages`: how old the figures were by the console's own word (ms) each time it told; `silences`: the
    longest time without a word on each stream (ms); `broken`: what went wrong, in words."""

    beats: list[float] = field(default_factory=list)
    calls: list[list[tuple[float, int]]] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    registered: int = 0
    opened: int = 0
    broken: list[str] = field(default_factory=list)


class Crowd:
    """All of them."""

    def __init__(self, given: Visitors) -> None:
        self._given, self.seen = given, Seen()
        self._secret = re.compile(r'<hotline-phone url="/sip" address="([^"]+)" user="([^"]+)" password="([^"]+)"')

    async def run(self, over: asyncio.Event) -> None:
        """Until it is over."""
        works = [self._desk(cookie, at * COMES_S) for at, cookie in enumerate(self._given.desks)]
        works += [self._wall(cookie) for cookie in self._given.walls]
        tasks = [asyncio.create_task(self._told(work)) for work in works]
        wanted = 2 * len(self._given.desks) + len(self._given.walls)
        async with asyncio.timeout(120):
            while self.seen.opened + self.seen.registered < wanted and not self.seen.broken:  # noqa: ASYNC110 - counted
                await asyncio.sleep(0.1)
        print("ready" if not self.seen.broken else f"not ready: {self.seen.broken[0]}", flush=True)
        await over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _told(self, work: Any) -> None:
        try:
            await work
        except (httpx2.HTTPError, WebSocketException, OSError, AssertionError, ValueError) as wrong:
            self.seen.broken.append(f"{type(wrong).__name__}: {str(wrong)[:200]}")

    def _client(self, cookie: tuple[str, str]) -> httpx2.AsyncClient:
        headers = {"origin": self._given.url}
        return httpx2.AsyncClient(base_url=self._given.url, cookies=dict([cookie]), timeout=60, headers=headers)

    # ---- desks

    async def _desk(self, cookie: tuple[str, str], comes: float) -> None:
        await asyncio.sleep(comes)
        async with self._client(cookie) as client:
            page = await client.get("/desk")
            assert page.status_code == 200, f"/desk: {page.status_code}"
            csrf = re.search(r'<meta name="csrf" content="([^"]+)"', page.text)
            line = self._secret.search(page.text)
            assert csrf and line, "the desk has no telephone"
            signed_in = await client.post("/desk/do/sign-in", data={"csrf": csrf[1]})
            assert signed_in.status_code == 200, f"sign-in: {signed_in.status_code} {signed_in.text[:100]}"
            await asyncio.gather(
                self._stream(client, "/desk/live", None),
                self._beats(client, csrf[1]),
                self._telephone(cookie, line[1], line[2], line[3]),
            )

    async def _beats(self, client: httpx2.AsyncClient, csrf: str) -> None:
        fields = {"csrf": csrf, "page": csrf[:16], "browser": "1", "microphone": "1", "heard": ""}
        while True:
            began = time.monotonic()
            answer = await client.post("/desk/beat", data=fields)
            assert answer.status_code == 200, f"/desk/beat: {answer.status_code}"
            self.seen.beats.append(1000 * (time.monotonic() - began))
            await asyncio.sleep(BEAT_S)

    async def _telephone(self, cookie: tuple[str, str], address: str, user: str, password: str) -> None:
        url = self._given.url.replace("http", "ws", 1)
        async with connect(
            f"{url}/sip", subprotocols=[Subprotocol("sip")], origin=Origin(self._given.url), compression=None,
            additional_headers={"cookie": "=".join(cookie)}, ping_interval=None, proxy=None,
        ) as line:  # fmt: skip
            await _register(line, address, user, password)
            self.seen.registered += 1
            while True:
                await line.send("\r\n\r\n")
                await asyncio.wait_for(line.recv(), ALIVE_S)
                await asyncio.sleep(ALIVE_S)

    # ---- streams

    async def _wall(self, cookie: tuple[str, str]) -> None:
        mine: list[tuple[float, int]] = []
        self.seen.calls.append(mine)
        async with self._client(cookie) as client:
            await self._stream(client, "/live?topics=wall", mine)

    async def _stream(self, client: httpx2.AsyncClient, path: str, calls: list[tuple[float, int]] | None) -> None:
        async with client.stream("GET", path) as answer:
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
            self.seen.opened += 1
            name, last, longest = "", time.monotonic(), 0.0
            try:
                async for line in answer.aiter_lines():
                    longest, last = max(longest, time.monotonic() - last), time.monotonic()
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: ") and calls is not None:
                        self._take(name, json.loads(line.removeprefix("data: ")), calls)
            finally:
                self.seen.silences.append(1000 * longest)
            raise AssertionError(f"{path}: the stream ended ({name})")

    def _take(self, name: str, told: Mapping[str, Any], calls: list[tuple[float, int]]) -> None:
        if name == "alive" and told["age"] is not None:
            self.seen.ages.append(told["age"] + max(0.0, 1000 * time.time() - told["now"]))
        elif name == "region" and told["region"] == "wall.figures" and (found := _FIGURE.search(told["html"])):
            calls.append((time.time(), int(found[1])))


async def _register(line: ClientConnection, address: str, user: str, password: str) -> None:
    """As JsSIP does: REGISTER, the challenge, REGISTER with the proof (RFC 3261, 22.4). Raises AssertionError."""
    own, domain, proof = hashlib.sha256(user.encode()).hexdigest()[:12], address.partition("@")[2], ""
    for number in (1, 2):
        lines = [
            f"REGISTER sip:{domain} SIP/2.0", f"Via: SIP/2.0/WS {own}.invalid;branch=z9hG4bK{own}{number}",
            "Max-Forwards: 69", f"To: <{address}>", f"From: <{address}>;tag={own}", f"Call-ID: {own}",
            f"CSeq: {number} REGISTER", f"Contact: <sip:{own}@{own}.invalid;transport=ws>;expires={_REGISTERED_S}",
            *([proof] if proof else []), "Supported: path,outbound", "User-Agent: bench", "Content-Length: 0", "", "",
        ]  # fmt: skip
        await line.send("\r\n".join(lines))
        answer = ""
        while not answer.startswith("SIP/2.0"):
            answer = str(await asyncio.wait_for(line.recv(), 10))
        if answer.startswith("SIP/2.0 200"):
            return
        assert answer.startswith("SIP/2.0 401"), answer.partition("\r\n")[0]
        proof = _proof(answer, user, password, f"sip:{domain}")
    raise AssertionError("the telephone is not let in")


def _proof(challenge: str, user: str, password: str, uri: str) -> str:
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm, nonce = asked["realm"], asked["nonce"]
    own = f"{_md5(f'{user}:{realm}:{password}')}:{nonce}:00000001:c1:auth:{_md5(f'REGISTER:{uri}')}"
    return (
        f'Authorization: Digest algorithm=MD5, username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{_md5(own)}", qop=auth, cnonce="c1", nc=00000001'
        + (f', opaque="{asked["opaque"]}"' if "opaque" in asked else "")
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def _main() -> None:
    given = json.loads(await asyncio.to_thread(sys.stdin.readline))
    crowd, over = Crowd(Visitors(**given)), asyncio.Event()
    running = asyncio.create_task(crowd.run(over))
    await asyncio.to_thread(sys.stdin.read)
    over.set()
    await running
    print(json.dumps(asdict(crowd.seen)), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
