"""Which agents have signed out, kept over restarts of the application and of Asterisk: whoever is in this list is in no
queue of Asterisk's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path

from ivr.errors import NodeError
from ivr.serve.asterisk.files import write_private
from ivr.settings import Settings

_NAME = "signed-out.json"


def signed_out(settings: Settings) -> frozenset[str]:
    """Those who have. Raises NodeError where the file is no list of agents."""
    file = settings.state / _NAME
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return frozenset()
    except ValueError:
        known = None
    if not isinstance(known, list) or not all(isinstance(agent, str) for agent in known):
        raise NodeError(f"{file} 已损坏：删掉它，签出的座席会重新签入")
    return frozenset(known)


class SignedOutFile:
    """The list of one node; `write_files` has Asterisk's files say the same."""

    def __init__(self, settings: Settings, write_files: Callable[[], object]) -> None:
        self._settings, self._write_files = settings, write_files

    def read(self) -> frozenset[str]:
        """Those who have signed out."""
        return signed_out(self._settings)

    def write(self, agents: Collection[str]) -> None:
        """Keep the list. Raises NodeError."""
        file: Path = self._settings.state / _NAME
        try:
            write_private(file, json.dumps(sorted(agents)) + "\n")
        except OSError as wrong:
            raise NodeError(f"{file}：{wrong}") from wrong

    def render(self) -> None:
        """Have Asterisk's files say the same. Raises NodeError where they cannot be written."""
        self._write_files()
