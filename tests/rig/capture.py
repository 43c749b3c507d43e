"""tcpdump around a call: it runs for as long as the `with` block, and captures our ports only."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.rig.errors import CaptureFailed, ToolMissing
from tests.rig.ports import PortBlock

_READY_S, _STOP_S = 10.0, 10.0


@contextlib.contextmanager
def capture(pcap: Path, ports: Sequence[PortBlock], interface: str = "lo") -> Iterator[None]:
    """Write every UDP packet from or to these port blocks to `pcap`, as `tap` does."""
    ranges = " or ".join(f"portrange {block.first}-{block.last}" for block in ports)
    with tap(pcap, f"udp and ({ranges})", interface):
        yield


@contextlib.contextmanager
def tap(pcap: Path, expression: str, interface: str = "lo", *, bulk: bool = False) -> Iterator[None]:
    """Write every packet that tcpdump's `expression` takes to `pcap`. The block is entered once
    tcpdump really listens, and left once the file is complete. `bulk`: of ten thousand packets a second the first 512
    bytes each, written many at a time. Raises ToolMissing, CaptureFailed (with tcpdump's own words)."""
    program = shutil.which("tcpdump") or shutil.which("tcpdump", path="/usr/sbin:/sbin")
    if program is None:
        raise ToolMissing("tcpdump is not installed (Debian: apt-get install tcpdump)")
    pcap.parent.mkdir(parents=True, exist_ok=True)
    # In immediate mode the kernel's buffer has a slot of the snapshot length for each packet: with `-s 0` these are
    # 64 KiB on loopback, and a busy moment overruns the few that there are.
    amount = ["-s", "512", "-B", "65536"] if bulk else ["-U", "-s", "4096", "-B", "16384", "--immediate-mode"]
    command = [program, "-i", interface, "-n", *amount, "-w", str(pcap)]
    if os.geteuid() == 0:
        command += ["-Z", "root"]
    process = subprocess.Popen(
        [*command, expression], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _listening(process)
        yield
        if process.poll() is not None:
            raise CaptureFailed(f"tcpdump stopped by itself with code {process.returncode}: {_words(process)}")
        _settle(pcap)
    finally:
        _stop(process)


def _listening(process: subprocess.Popen[bytes]) -> None:
    """Until tcpdump says `listening on`: only then are packets captured."""
    assert process.stderr is not None
    deadline, said = time.monotonic() + _READY_S, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ)
        while b"listening on" not in said:
            left = deadline - time.monotonic()
            if left <= 0:
                raise CaptureFailed(f"tcpdump was not ready within {_READY_S:.0f} s: {said.decode(errors='replace')}")
            if selector.select(left):
                chunk = os.read(process.stderr.fileno(), 4096)
                if not chunk:
                    raise CaptureFailed(f"tcpdump cannot capture: {said.decode(errors='replace').strip()}")
                said += chunk


def _settle(pcap: Path, quiet_s: float = 0.1, limit_s: float = 2.0) -> None:
    """Until the file has not grown for a moment, so that the last packets are in it."""
    deadline, size, since = time.monotonic() + limit_s, -1, time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < quiet_s:
        now = pcap.stat().st_size if pcap.exists() else 0
        if now != size:
            size, since = now, time.monotonic()
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _words(process: subprocess.Popen[bytes]) -> str:
    return process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
