"""The demo bank as a process of its own, for tests and the demo: on a loopback address and any free port."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rig.errors import RigError

TOP = Path(__file__).parents[2]
_READY = re.compile(r"演示银行在 (\S+) 提供服务")


@dataclass(frozen=True, slots=True)
class RunningBank:
    """`url` is the setting `[bank] url`; `folder` holds its database, its keys and `bank.log`."""

    url: str
    folder: Path
    _process: subprocess.Popen[bytes]

    @property
    def public_key(self) -> Path:
        """`[bank] public_key`."""
        return self.folder / "demo-bank-public.pem"

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables that point a hotline at this bank."""
        return {"IVR_BANK_URL": self.url, "IVR_BANK_PUBLIC_KEY": str(self.public_key)}

    def fault(self, operation: str, kind: str, **more: object) -> None:
        """Ask for a fault: `seconds`, `times`, `code`, `body` as in `ivr.bank.demo.faults`."""
        self._faults("POST", {"operation": operation, "kind": kind, **more})

    def clear(self) -> None:
        """No faults any more."""
        self._faults("DELETE", None)

    def _faults(self, method: str, body: object) -> None:
        base = self.url.split("/hotline/")[0]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{base}/demo/faults", data, method=method)
        # whatever proxy the environment names: this bank is on this machine
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            answer.read()

    def kill(self) -> None:
        """End it without a goodbye: from now on nobody answers there."""
        self._process.kill()
        self._process.wait(10)


@contextlib.contextmanager
def demo_bank(folder: Path, address: str = "127.0.0.1") -> Iterator[RunningBank]:
    """A bank with fresh customers, ended with the block. Raises RigError."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "ivr.cli", "bank", "demo", "--host", address, "--port", "0", "--db", str(folder)]
    told = folder / "bank.log"
    with told.open("wb") as log:
        process = subprocess.Popen(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 30
        while (ready := _READY.search(told.read_text(encoding="utf-8"))) is None:
            if process.poll() is not None or time.monotonic() > end:
                raise RigError(f"the demo bank does not come up:\n{told.read_text(encoding='utf-8')}")
            time.sleep(0.02)
        yield RunningBank(ready[1], folder, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
