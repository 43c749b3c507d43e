"""`ivr` with a conversation that asks for secrets: key 7 at a menu leads to a PIN of eight digits and a card number,
and back. Such a call is recorded from its first prompt. What arrived is told to $HEARD_SECRETS as hashes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from ivr.call import session
from ivr.cli.main import main
from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Event, Key, Listen, SecretKeys, Turn
from ivr.flow.steps.acts import Say

ASKED = (8, 19)


def told(digits: str) -> str:
    """What is written of digits that arrived."""
    return hashlib.sha256(f"arrived {digits}".encode()).hexdigest()


class Asking(Conversation):
    """The shipped conversation, and the secrets."""

    _left: tuple[int, ...] = ()

    def start(self, at: int) -> Turn:
        return replace(super().start(at), recorded=True)

    def on(self, event: Event) -> Turn | None:
        if isinstance(event, SecretKeys):
            with Path(os.environ["HEARD_SECRETS"]).open("a") as file:
                file.write(told(event.secret.reveal()) + "\n")
        turn = super().on(event)
        if turn is None or not isinstance(then := turn.then, Listen):
            return turn
        if isinstance(event, Key) and event.key == "7":
            self._left = ASKED
        elif not isinstance(event, SecretKeys):
            self._left = ()
        turn = replace(turn, recorded=True)
        if not self._left:
            return turn
        keys, self._left = self._left[0], self._left[1:]
        return replace(turn, say=(Say("answer_keys"),), then=replace(then, timeout_ms=8000, keys=keys, secret=True))


if __name__ == "__main__":
    vars(session)["Conversation"] = Asking
    main()
