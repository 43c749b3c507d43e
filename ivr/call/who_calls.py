"""What the bank knows of the number that calls: asked for at the start, and gone on without where the answer does not
come within a second (CBA 十二)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from ivr.bank import results
from ivr.bank.operations import OPERATIONS, Operation
from ivr.call.call_resources import WhoCalls
from ivr.call.effects import BankClient, CallContext
from ivr.dialogue.model import Caller
from ivr.errors import BankError

log = logging.getLogger(__name__)


def ask_the_bank(bank: BankClient) -> WhoCalls:
    """Ask whose number it is, and how old he is. A number is no proof of anything."""
    limit = OPERATIONS[Operation.CALLER].deadline_ms / 1000

    async def who_calls(caller: Caller, context: CallContext) -> Caller:
        if caller.number is None:
            return caller
        try:
            async with asyncio.timeout(limit):
                found = await bank.request(
                    Operation.CALLER, {"number": caller.number}, key=None, call_id=context.call_id
                )
        except (BankError, TimeoutError) as wrong:
            log.warning("call %s goes on without what the bank knows of the caller: %s", context.call_id, wrong)
            return caller
        assert isinstance(found, results.Caller)
        return replace(caller, age=found.age, customer=found.customer)

    return who_calls
