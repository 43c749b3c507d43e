"""One SIPp process: started in its own folder, ended by pid, its exit code in plain words."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.rig.errors import CallFailed, ToolMissing
from tests.rig.ports import PortBlock
from tests.rig.waited import waiting

_MEANING = {
    1: "a call failed: something else came than the scenario waits for",
    97: "SIPp was told to stop",
    253: "SIPp cannot open its RTP port",
    254: "SIPp cannot bind its ports",
    255: "the time limit passed, or SIPp hit a fatal error",
}
#: 99: told to stop before any call came.
_GOOD = (0, 99)


class Sipp:
    """`sipp` with a scenario file in `folder`; every trace lands beside it as `<name>_….log`."""

    def __init__(self, folder: Path, name: str, ports: PortBlock, address: str = "127.0.0.1") -> None:
        self.folder, self.name, self.ports, self.address = folder, name, ports, address
        self._process: subprocess.Popen[bytes] | None = None
        self._limit_s = 0.0
        self._forced = False

    def start(self, scenario: str, more: Sequence[str], limit_s: float, calls: int = 1) -> None:
        """Start it. `scenario` is a file in the folder, `more` further arguments (the target first).
        Raises ToolMissing."""
        program = shutil.which("sipp")
        if program is None:
            raise ToolMissing("sipp is not installed (Debian: apt-get install sip-tester)")
        local = self.address
        command = [program, *more, "-sf", scenario, "-i", local, "-mi", local, "-ci", local, "-bind_local"]
        command += ["-p", str(self.ports.sip), "-cp", str(self.ports.control), "-mp", str(self.ports.media)]
        command += ["-m", str(calls), "-timeout", f"{max(1, round(limit_s))}s", "-timeout_error", "-nostdin"]
        command += ["-trace_err", "-error_file", f"{self.name}_errors.log"]
        command += ["-trace_msg", "-message_file", f"{self.name}_messages.log"]
        with (self.folder / f"{self.name}_screen.log").open("wb") as screen:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT
            )
        self._limit_s = limit_s

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Until it ends by itself. Raises CallFailed with the tail of its traces."""
        assert self._process is not None, "start() comes first"
        try:
            with waiting("for callers"):
                self._process.wait(self._limit_s + 10)
        except subprocess.TimeoutExpired:
            self.stop()
            raise CallFailed(f"{self.name}: SIPp outlived its own time limit of {self._limit_s:.0f} s") from None
        self.check()

    def check(self) -> None:
        """Raise CallFailed if it has ended badly, unless `stop` had to end calls in progress."""
        code = self._process.poll() if self._process else None
        if code is None or code in _GOOD or self._forced:
            return
        meaning = _MEANING.get(code, f"SIPp was ended by signal {-code}" if code < 0 else "unknown reason")
        raise CallFailed(f"{self.name}: {meaning} (exit code {code})\n{self.tail()}", code)

    def tail(self, lines: int = 12) -> str:
        """The end of the error trace; where there is none, of the screen."""
        for kind in ("errors", "screen"):
            path = self.folder / f"{self.name}_{kind}.log"
            if path.exists() and (text := path.read_text(errors="replace").strip()):
                return "\n".join(text.splitlines()[-lines:])
        return "(SIPp wrote nothing)"

    def stop(self, patience_s: float = 3.0) -> None:
        """End it: an idle one at once; calls in progress get a BYE on SIPp's second USR1, except by a
        caller (SIPp 3.6 forgets the signal once `-m` calls have begun), who falls silent."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        for turn, number in enumerate((signal.SIGUSR1, signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL)):
            self._forced = turn > 0
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.4 if number == signal.SIGUSR1 else patience_s)
                return

    def listening(self, patience_s: float = 5.0) -> None:
        """Until its SIP port is bound, so that the first INVITE finds somebody. Raises CallFailed."""
        deadline = time.monotonic() + patience_s
        while not _bound(self.ports.sip):
            self.check()
            if time.monotonic() > deadline or not self.running:
                raise CallFailed(f"{self.name}: SIPp does not listen on port {self.ports.sip}\n{self.tail()}")
            time.sleep(0.01)

    def __enter__(self) -> Sipp:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


def _bound(port: int) -> bool:
    """Whether any process holds this UDP port."""
    lines = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return any(int(line.split()[1].rpartition(":")[2], 16) == port for line in lines)
