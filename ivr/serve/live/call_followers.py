"""Those who follow one call (`watch-call` on the node's local socket): what is known of it so far, then every fact as
it comes, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivr.errors import AgentRefused
from ivr.records.facts import Ended, Fact, Offered
from ivr.records.journal.lines import fact_to_json
from ivr.serve.agents.desk_socket import DeskClient

#: An id or a number is no longer than this.
LONGEST_NAME = 80


class CallFollowers:
    """`known` gives the facts so far of a call in progress. Give each fact to `take`."""

    def __init__(self, known: Callable[[str], tuple[Fact, ...]]) -> None:
        self._known = known
        #: Call → who follows it; number → who waits for its next call.
        self._of_call: dict[str, set[DeskClient]] = {}
        self._of_caller: dict[str, set[DeskClient]] = {}
        self._clients: set[DeskClient] = set()

    async def watch(self, client: DeskClient, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The command. `call` is the id of a call in progress (the answer has its `facts` so far), or `caller` a number
        (E.164) whose next call is meant. Raises AgentRefused."""
        call_id, caller = request.get("call"), request.get("caller")
        if isinstance(call_id, str) and 0 < len(call_id) <= LONGEST_NAME and caller is None:
            facts = self._known(call_id)
            if facts and not isinstance(facts[-1], Ended):
                self._add(self._of_call, call_id, client)
            return {"call": call_id, "facts": [fact_to_json(fact) for fact in facts]}
        if isinstance(caller, str) and 0 < len(caller) <= LONGEST_NAME and call_id is None:
            self._add(self._of_caller, caller, client)
            return {"caller": caller}
        raise AgentRefused("watch-call 要写明 call（来电编号）或 caller（主叫号码），二者之一")

    async def leave(self, client: DeskClient, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The command `leave-call`: no more of this `call`, or of that `caller`."""
        for field, kept in (("call", self._of_call), ("caller", self._of_caller)):
            if isinstance(name := request.get(field), str):
                self._remove(kept, name, client)
        return {}

    def take(self, call_id: str, fact: Fact) -> None:
        """The next fact of a call. Never raises, never waits."""
        if isinstance(fact, Offered) and fact.caller_number is not None:
            for client in self._of_caller.pop(fact.caller_number, ()):
                self._add(self._of_call, call_id, client)
        if (followers := self._of_call.get(call_id)) is None:
            return
        told = {"event": "fact", "call": call_id, "fact": fact_to_json(fact)}
        for client in tuple(followers):
            client.tell(told)
        if isinstance(fact, Ended):
            del self._of_call[call_id]

    def _add(self, kept: dict[str, set[DeskClient]], name: str, client: DeskClient) -> None:
        kept.setdefault(name, set()).add(client)
        if client not in self._clients:
            self._clients.add(client)
            client.when_gone.append(lambda: self._gone(client))

    def _gone(self, client: DeskClient) -> None:
        self._clients.discard(client)
        for kept in (self._of_call, self._of_caller):
            for name in tuple(kept):
                self._remove(kept, name, client)

    @staticmethod
    def _remove(kept: dict[str, set[DeskClient]], name: str, client: DeskClient) -> None:
        if name in kept:
            kept[name].discard(client)
            if not kept[name]:
                del kept[name]
