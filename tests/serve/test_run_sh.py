"""`make run` and `make down` on a real Asterisk: said twice they do no more than once, and they stop only their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.addresses import own_address
from tests.rig.disk import fill, tiny_disk
from tests.rig.hotline import until

pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("run-sh")]
TOP = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Machine:
    """A checkout of its own: the scripts and the flows, with this Python as its .venv."""

    top: Path
    address: str

    @property
    def state(self) -> Path:
        """Where the hotline of this checkout lives."""
        return self.top / "run"

    def run(self, word: str) -> str:
        """asterisk-conf/run.sh; what it said. Its exit code must be 0."""
        done = subprocess.run(
            ["bash", self.top / "asterisk-conf" / "run.sh", word],
            env=self.environ, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def environ(self) -> dict[str, str]:
        """Settings: an address of its own, the recordings that are there already."""
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith("IVR_") or name == "IVR_ENGINE"
        }
        own = {"IVR_SIP_ADDRESS": self.address, "IVR_AMI_HOST": self.address, "IVR_AGI_HOST": self.address}
        own["IVR_CONSOLE_HOST"] = self.address
        return plain | own | {"IVR_PROMPTS": str(TOP / "prompts"), "PYTHONPATH": str(TOP), "IVR_DRAIN_SECONDS": "5"}

    def pid(self) -> int:
        """The application's process."""
        return int((self.state / "ivr.pid").read_text())

    def console_pid(self) -> int:
        """The console's process."""
        return int((self.state / "console.pid").read_text())

    def end_application(self) -> None:
        """SIGTERM, and wait until it is gone; Asterisk stays."""
        pid = self.pid()
        os.kill(pid, signal.SIGTERM)
        until("the application to end", lambda: not Path(f"/proc/{pid}").exists(), 30)

    def asterisk_since(self) -> str:
        """When Asterisk began, to the tick: the start time of its process, wherever that runs."""
        found = [path for path in Path("/proc").glob("[0-9]*/cmdline") if self._is_asterisk(path)]
        assert len(found) == 1
        return found[0].with_name("stat").read_text().rsplit(")", 1)[1].split()[19]

    def _is_asterisk(self, cmdline: Path) -> bool:
        try:
            words = cmdline.read_bytes().split(b"\0")
        except OSError:
            return False
        return words[0] == b"asterisk" and str(self.state / "asterisk/etc/asterisk.conf").encode() in words

    def answers(self, port: int) -> bool:
        """Does anybody listen there?"""
        try:
            with socket.create_connection((self.address, port), timeout=1):
                return True
        except OSError:
            return False


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A checkout that was made for this file and is taken away after it."""
    top = Path(tempfile.mkdtemp(prefix="ivr-top-", dir="/tmp"))
    shutil.copytree(TOP / "asterisk-conf", top / "asterisk-conf")
    shutil.copytree(TOP / "flows", top / "flows")
    (top / ".venv" / "bin").mkdir(parents=True)
    for name, words in (("ivr", "-m ivr.cli"), ("python", "")):
        file = top / ".venv" / "bin" / name
        file.write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        file.chmod(0o755)
    with own_address() as address:
        one = Machine(top, address)
        try:
            yield one
        finally:
            one.run("down")
            shutil.rmtree(top, ignore_errors=True)


def test_down_before_anything_was_started_is_no_error(machine: Machine) -> None:
    assert "热线没有在运行" in machine.run("down")


def test_up_twice_is_up_once_and_an_edit_is_read_without_a_restart(machine: Machine) -> None:
    said = machine.run("up")
    assert f"{machine.address}:5060" in said and "停止：make down" in said
    assert machine.answers(4573) and machine.answers(5038) and machine.answers(8470)
    assert f"http://{machine.address}:8470/sign-in/once/" in said
    pid, since, pages = machine.pid(), machine.asterisk_since(), machine.console_pid()
    again = machine.run("up")
    assert machine.console_pid() == pages
    assert f"热线已在运行（进程 {pid}）" in again
    assert (machine.pid(), machine.asterisk_since()) == (pid, since)
    agents = machine.top / "flows" / "agents.yaml"
    agents.write_text(
        agents.read_text(encoding="utf-8") + '  "7": {name: 新人, queues: {general: 0}}\n', encoding="utf-8"
    )
    machine.run("up")
    assert (machine.pid(), machine.asterisk_since()) == (pid, since)
    assert "[7](agent)" in (machine.state / "asterisk" / "etc" / "pjsip.conf").read_text()


def test_everything_it_writes_is_its_owners_alone(machine: Machine) -> None:
    modes = {path: path.stat().st_mode & 0o077 for path in machine.state.rglob("*") if not path.is_socket()}
    assert not {path for path, others in modes.items() if others}


def test_down_stops_its_own_and_nothing_else(machine: Machine) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()", "serve", "x"], stdin=subprocess.PIPE
    ) as other:
        assert "热线已停止" in machine.run("down")
        ports = (4573, 5038, 8470)
        until("the ports are free", lambda: not any(machine.answers(port) for port in ports))
        assert not (machine.state / "ivr.pid").exists()
        machine.run("down")
        assert other.poll() is None
        other.communicate()


def test_where_the_console_cannot_serve_calls_are_answered_all_the_same(machine: Machine) -> None:
    with socket.create_server((machine.address, 8470)):
        done = subprocess.run(
            ["bash", machine.top / "asterisk-conf" / "run.sh", "up"],
            env=machine.environ, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0 and "控制台没有启动成功" in done.stderr, done.stdout + done.stderr
        assert machine.answers(4573)
        machine.run("down")


def test_a_stale_number_is_not_trusted(machine: Machine) -> None:
    """The application was killed, and its number belongs to another program now."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as other:
        (machine.state / "ivr.pid").write_text(f"{other.pid}\n")
        machine.run("down")
        assert other.poll() is None
        other.communicate()
    (machine.state / "ivr.pid").unlink()


def test_a_wrong_setting_is_told_and_nothing_is_started(machine: Machine) -> None:
    done = subprocess.run(
        ["bash", machine.top / "asterisk-conf" / "run.sh", "up"],
        env={**machine.environ, "IVR_SIP_PORT": "many"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "IVR_SIP_PORT" in done.stderr and "Traceback" not in done.stderr
    assert not (machine.state / "ivr.pid").exists()


def test_on_a_full_disk_it_says_so_and_serves(machine: Machine) -> None:
    """Started again where not a byte can be written: it answers calls, is found again, and can be stopped."""
    with tiny_disk(machine.state, "80m"):
        assert "磁盘" not in machine.run("up")
        machine.end_application()
        ballast = fill(machine.state)
        said = machine.run("up")
        assert "所在的磁盘已满：来电照常接听" in said and "热线在接听" in said, said
        assert machine.answers(4573) and machine.answers(5038)
        assert "热线已在运行" in machine.run("up")
        ballast.unlink()
        assert "热线已停止" in machine.run("down")
