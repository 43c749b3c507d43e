"""One node's settings: defaults, then ivr.toml, then IVR_* variables; the last one wins.

`IVR_DATABASE_URL` is `database_url` at the top of ivr.toml, `IVR_SIP_PORT` is `port` in `[sip]`.
Relative paths are relative to the folder of ivr.toml (or the working folder where there is none).
What is wrong is told in Chinese: operators read it.
"""

from ivr.settings.faults import MOST_CALLS, PORTS_A_CALL, Choices
from ivr.settings.loading import load, stray_variables
from ivr.settings.model import (
    Agi,
    Ami,
    BankSystems,
    ConsolePages,
    Encryption,
    Metrics,
    Publishing,
    Retention,
    Settings,
    Sip,
    Speech,
    Survey,
)

__all__ = [
    "MOST_CALLS",
    "PORTS_A_CALL",
    "Agi",
    "Ami",
    "BankSystems",
    "Choices",
    "ConsolePages",
    "Encryption",
    "Metrics",
    "Publishing",
    "Retention",
    "Settings",
    "Sip",
    "Speech",
    "Survey",
    "load",
    "stray_variables",
]
