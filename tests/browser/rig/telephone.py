"""A browser with a telephone: Chromium in a network of its own, so that it and Asterisk offer each other addresses
(neither offers 127.x), and a tap on what it hears and says, frame by frame."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.rig.browser import CHROMIUM, launched
from tests.browser.rig.console import RunningConsole, console
from tests.calls.crowd import changes
from tests.rig.calls import Frame
from tests.rig.errors import RigError
from tests.rig.hotline import Hotline, hotline

TAP = Path(__file__).with_name("tap.js")
#: A microphone that nobody need allow, and sound that plays without a click.
_ARGUMENTS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
_LAWS = {0: "ulaw", 8: "alaw"}
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
#: Agents of these tests say themselves when they are done with a call.
LONG_WRAPUP = changes({"agents.yaml": {"queues": {"general": {"wrapup": "60s"}}}})


@dataclass(frozen=True, slots=True)
class Network:
    """A network of two: `ours` is this machine's end, where Asterisk offers its sound, `its` the browser's."""

    name: str
    ours: str
    its: str

    def wrapper(self, folder: Path) -> Path:
        """Chromium in this network: Playwright speaks to it by pipes and may stay outside."""
        script = folder / "chromium"
        script.write_text(f'#!/bin/sh\nexec nsenter --net=/run/netns/{self.name} {CHROMIUM} "$@"\n')
        script.chmod(0o755)
        return script


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Two ends of a cable, one in a namespace of its own without a way out. Needs root, as the container engine does.
    Raises RigError."""
    name = f"ivr-web-{os.getpid()}"
    number = _free_number()
    ours, its, near, far = f"10.77.{number}.1", f"10.77.{number}.2", f"vi{os.getpid()}a", f"vi{os.getpid()}b"
    try:
        _ip("netns", "add", name)
        _ip("link", "add", near, "type", "veth", "peer", "name", far)
        _ip("link", "set", far, "netns", name)
        for place, end, address in (((), near, ours), (("-n", name), far, its)):
            _ip(*place, "addr", "add", f"{address}/24", "dev", end)
            _ip(*place, "link", "set", end, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "route", "add", "prohibit", "224.0.0.0/4")
        for end, inside in ((near, ()), (far, ("ip", "netns", "exec", name))):
            subprocess.run([*inside, "sysctl", "-qw", f"net.ipv6.conf.{end}.disable_ipv6=1"], check=False)
        yield Network(name, ours, its)
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RigError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _free_number() -> int:
    used = subprocess.run(["ip", "-4", "addr"], capture_output=True, text=True, check=True).stdout
    return next(number for step in range(250) if f"10.77.{(number := (os.getpid() + step) % 250 + 1)}." not in used)


class Way:
    """The way from the browser's network to a port of 127.0.0.1."""

    def __init__(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self._port, self._loop = port, loop
        self._flows = asyncio.Event()
        self._flows.set()
        self._stalled: list[asyncio.Event] = []  # asyncio itself keeps no task that waits

    def stall(self) -> None:
        """The connections that there are stay open, and nothing more comes through them, as after a cable was pulled;
        new ones work."""

        async def change() -> None:
            self._flows.clear()
            self._stalled.append(self._flows)
            self._flows = asyncio.Event()
            self._flows.set()

        asyncio.run_coroutine_threadsafe(change(), self._loop).result(10)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        flows = self._flows
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_copy(reader, far_writer, flows), _copy(far_reader, writer, flows))
        except asyncio.CancelledError:  # all is over; Python 3.11's streams take it for a fault
            return
        finally:
            writer.transport.abort()
            far_writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            await flows.wait()
            writer.write(data)
            await writer.drain()
        await flows.wait()
    writer.close()


@contextlib.contextmanager
def reached(inside: Network, port: int) -> Iterator[Way]:
    """The console on 127.0.0.1 `port` is there under the same address in the browser's network too: browsers take
    that for a secure place, and give it the microphone."""
    listener = _listener(inside.name, port)
    loop = asyncio.new_event_loop()
    way = Way(port, loop)
    thread = threading.Thread(target=loop.run_forever, name="console-in-network")
    thread.start()
    asyncio.run_coroutine_threadsafe(asyncio.start_server(way.serve, sock=listener), loop).result(10)
    try:
        yield way
    finally:
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        listener.close()


async def _end_all() -> None:
    tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _listener(namespace: str, port: int) -> socket.socket:
    """A socket that listens in that network: a thread goes there, makes it, and ends."""
    found: list[socket.socket] = []

    def make() -> None:
        place = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(place, _NEW_NETWORK):
                return
        finally:
            os.close(place)
        made = socket.create_server(("127.0.0.1", port))
        found.append(made)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join(10)
    if not found:
        raise RigError(f"nothing can listen in the network {namespace}")
    return found[0]


@contextlib.contextmanager
def telephone_browser(inside: Network, folder: Path) -> Iterator[Browser]:
    """Chromium there."""
    with launched(_ARGUMENTS, inside.wrapper(folder)) as browser:
        yield browser


@dataclass(frozen=True, slots=True)
class Telephones:
    """A hotline with its console, and a browser whose telephones reach it by this way."""

    node: Hotline
    running: RunningConsole
    browser: Browser
    way: Way


@contextlib.contextmanager
def telephones(folder: Path) -> Iterator[Telephones]:
    """All of them from start to end. The flow stays as it is: once people are registered, what lies in the folder must
    be agreed to before it is served. Raises RigError."""
    with (
        network() as cable,
        hotline(LONG_WRAPUP, SIP_BROWSER_ADDRESS=cable.ours) as node,
        console(environ=node.environ) as running,
        reached(cable, running.port) as way,
        telephone_browser(cable, folder) as browser,
    ):
        yield Telephones(node, running, browser, way)


def tapped(page: Page) -> Page:
    """From its next document on, what its telephone hears and says is kept."""
    page.add_init_script(path=TAP)
    return page


def heard(page: Page, last: int = 0) -> list[Frame]:
    """What it has heard so far; the `last` so many frames of it."""
    return _frames(page, "__heard", last)


def said(page: Page) -> list[Frame]:
    """What it has sent so far."""
    return _frames(page, "__said", 0)


def _frames(page: Page, name: str, last: int) -> list[Frame]:
    taken = page.evaluate(f"window.{name}.slice({-last})")
    return [
        Frame(t / 1000, 0, slot, _LAWS.get(kind, ""), base64.b64decode(text))
        for slot, (t, kind, text) in enumerate(taken)
    ]
