"""What agents key and what a page sends become the same commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call.agents.commands import (
    REQUESTS,
    Command,
    MoreTime,
    Pause,
    Ready,
    SignIn,
    SignOut,
    Supervise,
    Supervision,
    Transfer,
    WrapUpDone,
    from_keys,
    from_request,
)
from ivr.errors import AgentRefused

KEYED: dict[str, Command] = {
    "*1": SignIn(),
    "*2": SignOut(),
    "*31": Pause("1"),
    "*4": Ready(),
    "*5": WrapUpDone(),
    "*52": WrapUpDone("2"),
    "*6": MoreTime(),
    "*71001": Supervise(Supervision.LISTEN, "1001"),
    "*81001": Supervise(Supervision.WHISPER, "1001"),
    "*91001": Supervise(Supervision.JOIN, "1001"),
}


@pytest.mark.parametrize("keys", KEYED)
def test_a_command_by_keys(keys: str) -> None:
    assert from_keys(keys) == KEYED[keys]


@pytest.mark.parametrize("keys", ["", "*", "*0", "*3", "*312", "*11", "1001", "**1", "*7", "*5a", "*7１"])
def test_other_keys_are_refused(keys: str) -> None:
    with pytest.raises(AgentRefused):
        from_keys(keys)


@given(st.text("0123456789*#", max_size=14))
def test_keys_are_one_command_or_refused(keys: str) -> None:
    try:
        from_keys(keys)
    except AgentRefused:
        return
    assert keys[0] == "*"


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        ({"command": "pause", "reason": "1"}, Pause("1")),
        ({"command": "done"}, WrapUpDone()),
        ({"command": "done", "disposition": "2"}, WrapUpDone("2")),
        ({"command": "transfer", "to": "8002"}, Transfer("8002")),
        ({"command": "whisper", "other": "1003"}, Supervise(Supervision.WHISPER, "1003")),
        ({"command": "sign-in"}, SignIn()),
    ],
)
def test_a_command_by_a_request(request_: dict[str, object], command: Command) -> None:
    assert from_request({**request_, "agent": "1006"}) == ("1006", command)


def test_everything_by_keys_can_be_requested_too() -> None:
    kinds = {type(from_request({"command": name, "agent": "1"})[1]) for name in REQUESTS}
    assert {type(command) for command in KEYED.values()} <= kinds


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"command": "pause"},
        {"command": "pause", "agent": 1001, "reason": "1"},
        {"command": "pause", "agent": "1001", "reason": 1},
        {"command": "pause", "agent": "1001", "reason": "1" * 25},
        {"command": ["pause"], "agent": "1001"},
        {"command": "originate", "agent": "1001"},
    ],
)
def test_a_request_that_is_none_is_refused(request_: dict[str, object]) -> None:
    with pytest.raises(AgentRefused):
        from_request(request_)
