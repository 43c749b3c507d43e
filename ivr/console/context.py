"""What every page of the console has at hand."""

from __future__ import annotations

import getpass
import json
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ivr.console import formats
from ivr.console.live.live import Live
from ivr.console.live.node_link import NodeLink
from ivr.console.security.last_known import LastKnown
from ivr.console.security.places import Places
from ivr.console.security.sessions import Sessions
from ivr.console.served_flow import ServedFlow
from ivr.console.understandings import Understandings
from ivr.kept import Kept
from ivr.rate_limit import RateLimit
from ivr.records.store import Store
from ivr.report.build import Report
from ivr.report.revision_flows import RevisionFlows
from ivr.serve.agents.desk_socket import socket_path
from ivr.settings import Settings
from ivr.speech.audio.peaks import Peaks

log = logging.getLogger(__name__)

#: What vite has built, with the list of what it is called now.
STATIC = Path(__file__).parent / "static"
_MANIFEST = STATIC / "manifest.json"
#: So many forms that were taken are remembered of a session until a page tells its browser.
_FORMS = 20


#: A report is shown for so long as it is, and for so much longer while it is made anew: it says as of when it is.
REPORT_SECONDS, STALE_SECONDS = 10.0, 50.0


def now_ms() -> int:
    """Now, UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Notices:
    """What a page says once, after an act led to it; to the browser alone: which forms were taken, so that it lets go
    of what it keeps of them."""

    _told: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def form_taken(self, session: str, kept: str) -> None:
        """The next page that this session opens tells the browser that this form has arrived."""
        self._taken[session] = (*self._taken.get(session, ()), kept)[-_FORMS:]

    def forms_taken(self, session: str) -> tuple[str, ...]:
        """What the browser is to be told now, and then no more."""
        return self._taken.pop(session, ())

    def tell(self, session: str, text: str) -> None:
        """The next page that this session opens says it."""
        self._told[session] = text

    def taken(self, session: str) -> str:
        """What is to be said now, and then no more."""
        return self._told.pop(session, "")


@dataclass(slots=True)
class Listening:
    """Who listens to which call since when, by session and call (UTC epoch ms); outlines of recordings by path, size
    and time."""

    since: dict[tuple[str, str], int] = field(default_factory=dict)
    outlines: OrderedDict[tuple[Path, int, int], Peaks] = field(default_factory=OrderedDict)


class Assets:
    """The scripts and styles that were built, by the names of their sources."""

    def __init__(self, manifest: Path = _MANIFEST) -> None:
        self._manifest = manifest
        if not manifest.exists():
            log.warning("the console's scripts and styles are not built (make web): its pages go without them")

    @cached_property
    def _entries(self) -> dict[str, dict[str, object]]:
        try:
            found = json.loads(self._manifest.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return {name.removeprefix("entries/"): one for name, one in found.items() if one.get("isEntry")}

    @property
    def built(self) -> bool:
        """Whether there are any."""
        return bool(self._entries)

    def script(self, name: str) -> str:
        """The path of the script that `web/entries/NAME.ts` became, or "" where it is not built."""
        return self._path(f"{name}.ts")

    def styles(self, name: str) -> list[str]:
        """The paths of the style sheets that `web/entries/NAME.ts` brings, and of `web/entries/NAME.css`."""
        listed = self._entries.get(f"{name}.ts", {}).get("css", [])
        brought = [f"/static/{one}" for one in listed] if isinstance(listed, list) else []
        return [*brought, *([own] if (own := self._path(f"{name}.css")) else [])]

    def _path(self, name: str) -> str:
        entry = self._entries.get(name)
        return f"/static/{entry['file']}" if entry is not None else ""


class Console:
    """One running console."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], int] = now_ms) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.notices = Notices()
        self.listening = Listening()
        #: The flows that calls were served with.
        self.flows = RevisionFlows(settings.flows)
        #: The flow that is served now.
        self.served = ServedFlow(settings, store)
        #: Reports that were made just now.
        self.reports: Kept[Report] = Kept(16, fresh=REPORT_SECONDS, stale=STALE_SECONDS)
        #: What understands callers.
        self.understandings = Understandings()
        self.assets = Assets()
        self.tls = bool(settings.console.certificate or settings.console.proxy)
        self.sessions = Sessions(store, tls=self.tls, port=settings.console.port)
        #: Wrong passwords by person and by address.
        self.tries_of_person = RateLimit(5, 300)
        self.tries_from_address = RateLimit(30, 300)
        #: Proving a password takes 32 MiB and a tenth of a second: not for more than two at once.
        self.proving = threading.BoundedSemaphore(2)
        #: Held while the first person is registered.
        self.registering = threading.Lock()
        self.templates = Environment(
            loader=PackageLoader("ivr.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self.templates.filters |= formats.FILTERS
        self.templates.globals["assets"] = self.assets
        self.live = Live(NodeLink(socket_path(settings)), store, self.templates, self.served.now, clock=clock)
        #: Streams of trial calls, and telephones: a connection that is dead for a while counts still.
        self.own_calls, self.telephones = Places(2), Places(4)
        #: Who keeps his telephone and his desk.
        self.last_known = LastKnown(self.sessions, store, clock, self.live.talks)

    @property
    def origin(self) -> str:
        """How a browser on this machine reaches it."""
        own = self.settings.console
        host = own.names.split(",")[0].strip() or ("127.0.0.1" if own.host == "0.0.0.0" else own.host)  # noqa: S104
        return f"{'https' if self.tls else 'http'}://{host}" + ("" if own.proxy else f":{own.port}")


def os_user() -> str:
    """The user of the operating system who runs this process."""
    try:
        return getpass.getuser()
    except KeyError:
        return f"uid:{os.getuid()}"
