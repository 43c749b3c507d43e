"""What the hotline is compared with: a second Asterisk, with nothing connected to it, that plays the same recordings to
the same keys from a plain dialplan. Its configuration is the hotline's own, with two extensions more: one plays, and
one keeps the books of a hotline as well (who calls, each menu entered and left, to CEL and to a listener on the manager
interface)."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.serve.asterisk import configuration
from ivr.settings import load
from ivr.speech.prompts.catalogue import NORMAL, Catalogue
from ivr.speech.voices.registry import named
from tests.rig.addresses import own_address
from tests.rig.hotline import Hotline

NUMBER = "95999"
BOOKS_NUMBER = "95998"
#: Where the callers' keys lead, menu by menu (see `callers.KEYS`).
PATH = ("main", "accounts", "transfer", "transfer", "accounts")


class Sounds:
    """The recordings of the flow that a hotline serves, by prompt and by menu."""

    def __init__(self, line: Hotline) -> None:
        self.flow: Flow = require(line.flows)
        self._catalogue = Catalogue(self.flow, Path(line.environ["IVR_PROMPTS"]), named("pyttsx3"))

    def files(self, *prompts: str) -> list[Path]:
        """The recordings of these prompts, one after the other."""
        language = self.flow.languages[0]
        found = [path for name in prompts for path in self._catalogue.resolve(name, {}, language, NORMAL)]
        return [self._catalogue.prompts / path for path in found]

    def menu(self, menu: str) -> list[Path]:
        """A menu as it is spoken: its own prompt and the reserved keys."""
        return self.files(self.flow.menus[menu].prompt, "keys")

    def greeting(self) -> list[Path]:
        """What every caller hears first."""
        return self.files(*self.flow.entries[0].greeting)


def dialplan(sounds: Sounds) -> str:
    """Both extensions."""
    return _dialplan(sounds, NUMBER, "plain", books=False) + _dialplan(sounds, BOOKS_NUMBER, "books", books=True)


def _dialplan(sounds: Sounds, number: str, name: str, *, books: bool) -> str:
    """The extension and a context for each menu on the callers' path."""

    def play(files: list[Path]) -> str:
        return "&".join(str(file.with_suffix("")) for file in files)

    def told(what: str) -> list[str]:
        words = f"UserEvent(Told,Call: ${{UNIQUEID}},What: {what})", f"CELGenUserEvent(told,{what})"
        return [f" same => n,{word}" for word in words] if books else []

    lines = ["", "[from-trunk](+)", f"exten => {number},1,{'Gosub(caller,s,1)' if books else 'NoOp()'}"]
    lines += [" same => n,Answer()", f" same => n,Background({play(sounds.greeting())},,,{name}-main)"]
    lines += [f" same => n,Goto({name}-main,s,1)"]
    back = {"accounts": "main", "transfer": "accounts"}
    onward = {"main": ("1", "accounts"), "accounts": ("2", "transfer")}
    for menu in dict.fromkeys(PATH):
        lines += [f"[{name}-{menu}]", "exten => s,1,NoOp()", *told(f"entered {menu}")]
        lines += [f" same => n,Background({play(sounds.menu(menu))})", " same => n,WaitExten(5)"]
        leads = {"#": menu, "t": menu, "i": menu} | dict([onward[menu]] if menu in onward else [])
        leads |= {"*": back[menu]} if menu in back else {}
        for key, to in leads.items():
            lines += [f"exten => {key},1,NoOp()", *told(f"left {menu}"), f" same => n,Goto({name}-{to},s,1)"]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def listener(one: Hotline) -> Iterator[None]:
    """Somebody who is told every event that the application would be told, and does nothing with it."""
    settings = load(environ=one.environ)
    own = configuration.load_secrets(settings, {})
    with socket.create_connection((settings.ami.host, settings.ami.port)) as link:
        login = f"Action: Login\r\nUsername: {settings.ami.user}\r\nSecret: {own.ami}\r\nEvents: on\r\n\r\n"
        link.sendall(login.encode())
        reading = threading.Thread(target=_drain, args=(link,), daemon=True)
        reading.start()
        try:
            yield
        finally:
            link.shutdown(socket.SHUT_RDWR)
            reading.join()


def _drain(link: socket.socket) -> None:
    while link.recv(65536):
        pass


@contextlib.contextmanager
def plain(line: Hotline) -> Iterator[Hotline]:
    """The second Asterisk, from start to end."""
    state = Path(tempfile.mkdtemp(prefix="ivr-", dir="/tmp"))
    with own_address() as address:
        environ = {
            **line.environ,
            "IVR_STATE": str(state),
            "IVR_DATABASE_URL": "",
            "IVR_SIP_ADDRESS": address,
            "IVR_AMI_HOST": address,
            "IVR_AGI_HOST": address,
            "IVR_NODE": f"t{address.rpartition('.')[2]}",
        }
        one = Hotline(address, state, line.flows, environ)
        sounds = Sounds(line)
        try:
            configuration.render(load(environ=environ), sounds.flow)
            with (state / "asterisk" / "etc" / "extensions.conf").open("a", encoding="utf-8") as file:
                file.write(dialplan(sounds))
            one.script("up", one.name, str(state / "asterisk"), environ["IVR_PROMPTS"])
            yield one
        finally:
            one.script("down", one.name, str(state / "asterisk"))
            shutil.rmtree(state, ignore_errors=True)
