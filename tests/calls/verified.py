"""Many verified callers at once: whether each hears his own balance and no other's, and how soon after his last key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from ivr.bank.demo.customers import CUSTOMERS, DemoCustomer
from ivr.text import numbers
from tests.calls.faults.crowd import together
from tests.calls.test_bank import CHOOSE, PIECE, proving, told
from tests.rig.heard import Heard
from tests.rig.hotline import Hotline

WANG, LI, ZHANG, SUN = CUSTOMERS[0], CUSTOMERS[1], CUSTOMERS[2], CUSTOMERS[7]
#: Callers by turns, and whether an account is chosen first.
_TURNS: tuple[tuple[DemoCustomer, bool], ...] = ((WANG, True), (LI, False), (ZHANG, False), (SUN, True))
_ANSWER = "account_balance_result"


@dataclass(frozen=True, slots=True)
class Told:
    """One call. `right`: the balance that was heard is the caller's; ms from the end of his last key to the answer's
    first packet, and to that of the amount in it; None where it was not heard."""

    name: str
    words: str
    right: bool
    answer_ms: float | None
    amount_ms: float | None


def balances(line: Hotline, folder: Path, count: int) -> list[Told]:
    """So many callers at once, each of whom proves who he is and asks for his balance."""
    who = {f"{number:02}-{customer.id}": (customer, chooses) for number, (customer, chooses) in
           enumerate(islice(cycle(_TURNS), count))}  # fmt: skip
    steps = {
        name: [*proving("11", customer)[1:], *(CHOOSE if chooses else []), "wait 14s", "hang up"]
        for name, (customer, chooses) in who.items()
    }
    stories = together(line, folder, steps)
    found = []
    for name, story in stories.items():
        account = who[name][0].accounts[0]
        words = told(story.heard, _ANSWER)
        right = numbers.amount(account.balance) in words and numbers.digits(account.number[-4:]) in words
        answer, amount = _begins(story.heard)
        last = story.call.keys[-1].t_end
        ms = [None if one is None else 1000 * (one - last) for one in (answer, amount)]
        found.append(Told(name, words, right, ms[0], ms[1]))
    return found


def _begins(heard: Sequence[Heard]) -> tuple[float | None, float | None]:
    """When the answer begins, and the amount in it: the first piece after the words before it."""
    answer = next((one.t_start for one in heard if one.is_(_ANSWER)), None)
    parts = [one.is_(PIECE) for one in heard]
    start = next((at for at, one in enumerate(heard) if one.is_(_ANSWER)), None)
    if start is None:
        return answer, None
    runs = [at for at in range(start + 1, len(heard)) if parts[at] and not parts[at - 1]]
    return answer, heard[runs[1]].t_start if len(runs) > 1 else None
