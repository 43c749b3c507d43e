"""The head of the audit trail as it was last seen, kept in a file outside of the database: who cuts the trail's end
off, or writes all of it anew, does not reach it with the database alone."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from pathlib import Path

from ivr.records.audit.trail import AuditTrail, Head

log = logging.getLogger(__name__)

#: Below the state folder.
NAME = "audit-head.json"


class Witness:
    """The file `<state>/audit-head.json`."""

    def __init__(self, state: Path) -> None:
        self._path = state / NAME

    def read(self) -> dict[int, str]:
        """Number → hash of the entry that was last seen; empty where none was. What cannot be read is no witness, and
        is told in the log."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return {int(found["number"]): str(found["hash"])}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            log.error("%s cannot be read and tells nothing of the audit trail: %s", self._path, wrong)
            return {}

    def keep(self, trail: AuditTrail) -> bool:
        """Remember the head. False where what was seen last is no longer in the trail: the old one stays then, as
        evidence. A disk that is full is told in the log; the trail itself is not touched."""
        head, seen = trail.head(), self.read()
        if not head.number or seen == {head.number: head.hash}:
            return True
        for number, hash_ in seen.items():
            if trail.hash_at(number) != hash_:
                log.error("the audit trail has not its entry %d any more: ivr audit verify", number)
                return False
        try:
            self._write(head)
        except OSError as wrong:
            log.error("the audit trail's head could not be kept in %s: %s", self._path, wrong)
        return True

    def _write(self, head: Head) -> None:
        part = self._path.with_name(f".{NAME}.{os.getpid()}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
                out.write(json.dumps({"number": head.number, "hash": head.hash}) + "\n")
                if os.geteuid() == 0:  # a command of root's: the hotline's user goes on keeping it
                    owner = self._path.parent.stat()
                    os.fchown(out.fileno(), owner.st_uid, owner.st_gid)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._path)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
