"""Every error the rig raises on purpose, as one tree.

RigError
├── StepError         a step of a scenario cannot be understood or cannot be done
├── PortsExhausted    no free block of loopback ports
├── ToolMissing       sipp or tcpdump is not installed, or may not run
├── CallFailed        a SIPp process ended badly
├── MachineHeldUp     something went wrong while the machine did not keep time
├── CaptureFailed     tcpdump did not capture
├── PcapError         a capture file cannot be read
├── SoundError        a WAV cannot be used
└── ScenarioError     a scenario folder is wrong; the text begins with file:line
"""

from __future__ import annotations


class RigError(Exception):
    """Root of the tree; its text is fit to be shown to the person who can mend it."""


class StepError(RigError):
    """A step of a scenario cannot be understood, or cannot be done where it stands."""


class PortsExhausted(RigError):
    """No free block of loopback ports is left."""


class ToolMissing(RigError):
    """sipp or tcpdump is not installed."""


class CallFailed(RigError):
    """A SIPp process ended badly; `code` is its exit code."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


class MachineHeldUp(RigError):
    """Something went wrong with a call while the machine did not keep time."""


class CaptureFailed(RigError):
    """tcpdump did not start, or stopped before it was told to."""


class PcapError(RigError):
    """A capture file is not a pcap."""


class SoundError(RigError):
    """A WAV is not 8 kHz mono 16 bit, or cannot be read."""


class ScenarioError(RigError):
    """A scenario folder is wrong; the text begins with file:line."""
