"""The operator's menus: read, checked, drawn and watched.

`load(folder)` gives a checked `Flow` and the findings, `require(folder)` the flow or a FlowRefused; the store
watches a folder for edits."""

from ivr.flow.codes import Severity, codes_markdown
from ivr.flow.findings import Finding, FlowRefused
from ivr.flow.loader import Loaded, load, require
from ivr.flow.store import FlowStore, Reload

__all__ = ["Finding", "FlowRefused", "FlowStore", "Loaded", "Reload", "Severity", "codes_markdown", "load", "require"]
