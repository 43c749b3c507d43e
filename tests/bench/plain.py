"""What the hotline is compared with: a second Asterisk, with nothing connected to it, that plays the same recordings to
the same keys from a plain dialplan. Its configuration is the hotline's own, with one extension more."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.serve import asterisk_conf
from ivr.settings import load
from ivr.speech.catalogue import NORMAL, Catalogue
from ivr.speech.voice import named
from tests.rig.hotline import Hotline, own_address

NUMBER = "95999"
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
    """The extension and a context for each menu on the callers' path."""

    def play(files: list[Path]) -> str:
        return "&".join(str(file.with_suffix("")) for file in files)

    lines = ["", "[from-trunk](+)", f"exten => {NUMBER},1,Answer()"]
    lines += [f" same => n,Background({play(sounds.greeting())},,,plain-main)", " same => n,Goto(plain-main,s,1)"]
    back = {"accounts": "main", "transfer": "accounts"}
    onward = {"main": ("1", "accounts"), "accounts": ("2", "transfer")}
    for menu in dict.fromkeys(PATH):
        lines += [f"[plain-{menu}]", f"exten => s,1,Background({play(sounds.menu(menu))})", " same => n,WaitExten(5)"]
        lines += ["exten => #,1,Goto(s,1)", "exten => t,1,Goto(s,1)", "exten => i,1,Goto(s,1)"]
        if menu in onward:
            lines.append(f"exten => {onward[menu][0]},1,Goto(plain-{onward[menu][1]},s,1)")
        if menu in back:
            lines.append(f"exten => *,1,Goto(plain-{back[menu]},s,1)")
    return "\n".join(lines) + "\n"


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
            asterisk_conf.render(load(environ=environ), sounds.flow)
            with (state / "asterisk" / "etc" / "extensions.conf").open("a", encoding="utf-8") as file:
                file.write(dialplan(sounds))
            one.script("up", one.name, str(state / "asterisk"), environ["IVR_PROMPTS"])
            yield one
        finally:
            one.script("down", one.name, str(state / "asterisk"))
            shutil.rmtree(state, ignore_errors=True)
