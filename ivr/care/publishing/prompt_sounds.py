"""A recorded prompt that waits for a second person: callers hear it when somebody else has heard it and agrees, as with
every other change of what they hear (CBA 四十三)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ivr.errors import ApprovalRefused
from ivr.people import approvals
from ivr.people.access import Permit
from ivr.records.approvals.model import Approval, ApprovalKind, ApprovalState
from ivr.records.store import Store

#: Where recordings wait for a second person, below the state folder.
FOLDER = "prompts-waiting"
#: A recording is written before it is asked for.
_JUST_WRITTEN_MS = 3_600_000


def ask(store: Store, permit: Permit, folder: Path, target: str, sound: bytes, reason: str, now: int) -> Approval:
    """Ask for `sound`, a WAV file, as the recording `target` (`prompt:LANGUAGE/VARIANT/ID`); it waits in `folder`.
    Raises ApprovalRefused without a reason or where the same waits already, OSError: nothing is asked for then."""
    wanted = digest(target, sound)
    folder.mkdir(parents=True, exist_ok=True)
    path = waiting_file(folder, wanted)
    part = path.with_name(path.name + ".part")
    part.write_bytes(sound)
    part.replace(path)
    expires = now + approvals.USUAL_MS
    return approvals.request(store, permit, ApprovalKind.PROMPT, target, wanted, reason, expires, now)


def waiting(store: Store, folder: Path, target: str, now: int) -> tuple[Approval, ...]:
    """What waits for this recording: for somebody's yes, or approved and not in its place yet, as on a full disk."""
    found = store.approvals.list(open_only=False, kind=ApprovalKind.PROMPT)
    states = (ApprovalState.OPEN, ApprovalState.APPROVED)
    return tuple(
        one
        for one in found
        if one.target == target and one.state(now) in states and waiting_file(folder, one.digest).is_file()
    )


def agree(store: Store, permit: Permit, folder: Path, asked: Approval, now: int) -> bytes:
    """The second person's yes to what he has heard. Returns the sound to be put in its place; `done` when it is there.
    Raises ApprovalRefused: whoever asked cannot agree, and what waits has to be what was asked for. Raises OSError."""
    sound = waiting_file(folder, asked.digest).read_bytes()
    if digest(asked.target, sound) != asked.digest:
        raise ApprovalRefused(f"申请 {asked.id} 的录音已不是提交的那一段：请重新录")
    if asked.state(now) is not ApprovalState.APPROVED:
        approvals.approve(store, permit, asked.id, now, seen=True)
    return sound


def refuse(store: Store, permit: Permit, folder: Path, asked: Approval, now: int) -> None:
    """The second person's no, with why; the sound is gone. Raises ApprovalRefused."""
    approvals.refuse(store, permit, asked.id, now, seen=True)
    done(folder, asked)


def done(folder: Path, asked: Approval) -> None:
    """It waits no longer."""
    waiting_file(folder, asked.digest).unlink(missing_ok=True)


def forget_expired(store: Store, folder: Path, now: int) -> int:
    """Delete the recordings that nobody can agree to any more: their requests have expired, or were decided. How many
    these were. Raises StoreError, OSError."""
    states = (ApprovalState.OPEN, ApprovalState.APPROVED)
    asked = store.approvals.list(open_only=False, kind=ApprovalKind.PROMPT)
    wanted = {waiting_file(folder, one.digest) for one in asked if one.state(now) in states}
    gone = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path not in wanted and path.stat().st_mtime * 1000 < now - _JUST_WRITTEN_MS:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def waiting_file(folder: Path, digest: str) -> Path:
    """Where a sound waits."""
    return folder / f"{digest}.wav"


def digest(target: str, sound: bytes) -> str:
    """What stands for this sound at this place."""
    return hashlib.sha256(target.encode() + b"\0" + sound).hexdigest()
