"""Names of channels and queues are read back as what they were made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.telephony import channels

AGENTS = st.from_regex(r"[0-9]{3,6}", fullmatch=True)


@given(AGENTS)
def test_an_agent_is_found_in_every_name_that_he_has(agent: str) -> None:
    assert channels.agent_of_member(channels.member(agent)) == agent
    assert channels.agent_of_device(channels.device(agent)) == agent
    assert channels.agent_of(f"{channels.device(agent)}-0000001f") == agent
    assert channels.agent_of(channels.member(agent)) is None


@given(AGENTS)
def test_the_telephone_in_the_browser_is_the_agents_and_told_from_the_one_on_the_desk(agent: str) -> None:
    browser, desk = channels.browser_device(agent), channels.device(agent)
    assert channels.agent_of_device(browser) == agent
    assert channels.agent_of(f"{browser}-0000001f") == agent
    assert [channels.is_browser(name) for name in (browser, f"{browser}-0000001f")] == [True, True]
    assert [channels.is_browser(name) for name in (desk, f"{desk}-0000001f", "PJSIP/trunk-00000001")] == [False] * 3


@given(st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True))
def test_a_queue_is_the_flows_again(queue: str) -> None:
    assert channels.flow_queue(channels.asterisk_queue(queue)) == queue


def test_the_trunk_is_no_agent() -> None:
    assert channels.agent_of("PJSIP/trunk-00000001") is None
    assert channels.agent_of_device("PJSIP/trunk") is None
    assert channels.agent_of("PJSIP/1001-00000001", "from-trunk") is None


def test_a_call_from_the_page_is_a_test_and_no_agents() -> None:
    assert channels.is_try("PJSIP/try-00000001") and not channels.is_try("PJSIP/trunk-00000001")
    assert channels.agent_of("PJSIP/try-00000001") is None and channels.agent_of_device("PJSIP/try") is None


@pytest.mark.parametrize("end", ["1", "2"])
def test_whose_ear_a_whisper_is_for(end: str) -> None:
    spoken = channels.whisper("node1-1763748000.7").removesuffix("/n")
    assert channels.whispered_call(f"{spoken}-0000000a;{end}") == "node1-1763748000.7"
    assert channels.whispered_call("Local/1001@agents-0000000a;1") is None


def test_the_application_that_listens_is_no_caller() -> None:
    assert channels.is_listener("AudioSocket/127.0.0.1:4574-0000") and not channels.is_listener("PJSIP/trunk-00000001")


@given(AGENTS, st.sampled_from("12"))
def test_whom_a_queue_reaches_through_a_local_channel(agent: str, half: str) -> None:
    name = f"{channels.member(agent).removesuffix('/n')}-0000000a;{half}"
    assert channels.agent_of_half(name) == agent
    assert channels.agent_of(name) is None
    assert channels.agent_of_half(channels.member(agent)) is None
