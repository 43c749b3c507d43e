"""One call from the first packet to the last: ports, capture, caller, evidence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig import sipp
from tests.rig.calls import Call, calls
from tests.rig.capture import capture
from tests.rig.errors import CallFailed
from tests.rig.ports import take
from tests.rig.process import Sipp
from tests.rig.steps import Step


@dataclass(slots=True)
class Placed:
    """A call under way, and its evidence once the block is left."""

    process: Sipp
    pcap: Path
    call: Call | None = None

    def evidence(self) -> Call:
        """The call as it was on the wire. Raises CallFailed if no INVITE left."""
        if self.call is None:
            raise CallFailed(f"{self.pcap}: no INVITE was captured\n{self.process.tail()}")
        return self.call


@contextlib.contextmanager
def placing(
    folder: Path,
    steps: Sequence[Step],
    *,
    number: str | None = "13800000001",
    dialled: str = "95000",
    lasts_ms: Mapping[str, int] | None = None,
    setup: sipp.Setup = sipp.DEFAULT,
    own: Path | None = None,
) -> Iterator[Placed]:
    """A captured call in progress; leave the block after `process.wait()` and read `evidence()`.
    The arguments are those of `sipp.caller`."""
    pcap = folder / "call.pcap"
    with (
        take(setup.address) as ports,
        capture(pcap, [ports]),
        sipp.caller(
            folder, steps, number=number, dialled=dialled, lasts_ms=lasts_ms, ports=ports, setup=setup, own=own
        ) as process,
    ):
        placed = Placed(process, pcap)
        yield placed
    placed.call = next(iter(calls(pcap)), None)


def place(folder: Path, steps: Sequence[Step], **options: object) -> Call:
    """Place a call, wait for its end, and return what was on the wire. Options as `placing`.
    Raises CallFailed."""
    with placing(folder, steps, **options) as placed:  # type: ignore[arg-type]
        placed.process.wait()
    return placed.evidence()
