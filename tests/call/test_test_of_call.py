"""A call becomes a test that goes as the call went, and holds nothing personal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.call.simulation import Simulation
from ivr.call.simulator import simulate
from ivr.call.test_of_call import make_test
from ivr.errors import RecordsError
from ivr.flow.loader import load
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records.facts import Answered, Ended, Fact, Offered
from ivr.records.folding.fold import fold
from ivr.records.model import Call, PromptHeard
from tests.rig.scenario import load as load_scenario
from tests.rig.steps import Press, Wait

FLOWS = Path(__file__).parents[2] / "flows"
T = 1_795_226_400_000  # a Saturday at ten in the morning


@pytest.fixture(scope="module")
def flow() -> Flow:
    found = load(FLOWS).flow
    assert found is not None
    return found


@pytest.fixture(scope="module")
def understanding(flow: Flow) -> Understanding:
    return Understanding(flow)


def recorded(flow: Flow, understanding: Understanding, moves: list[str]) -> Call:
    """The record of a call that was made on the simulator."""
    facts = simulate(flow, moves, T, "+8613812345678", understanding).facts
    last = facts[-1].t
    head: list[Fact] = [Offered(T, "c", "in", "95000", "+8613812345678", "normal"), Answered(T)]
    return fold("c", [*head, *facts, Ended(last, "caller", "16")])


@pytest.mark.parametrize(
    "moves",
    [["1", "4", "1", "h"], ["-", "2", "h"], ["#", "5", "*", "h"], ["5", "3", "h"], ["0", "h"], ["0", "t", "h"]],
    ids="-".join,
)
def test_keys_go_as_they_went(flow: Flow, understanding: Understanding, tmp_path: Path, moves: list[str]) -> None:
    call = recorded(flow, understanding, moves)
    made = make_test(call, flow, "from-a-call", understanding)
    assert made.result.ok, made.result.text
    visited = [visit.menu_id for visit in call.menu_visits]
    assert [line.split()[1] for line in made.script.splitlines() if line.startswith("expect-menu")] == visited
    assert made.call is not None
    (tmp_path / "call.yaml").write_text(made.call, encoding="utf-8")
    scenario = load_scenario(tmp_path)
    pressed = [move for move in moves if move in "0123456789*#"]
    assert [step.keys for step in scenario.steps if isinstance(step, Press)] == pressed


def test_words_become_examples(flow: Flow, understanding: Understanding) -> None:
    call = recorded(flow, understanding, ["我的卡丢了我叫张三", "h"])
    call = replace(
        call, turns=tuple(replace(one, asr_text="我叫张三住在和平路") for one in call.turns), customer_id="K-7"
    )
    made = make_test(call, flow, "words", understanding)
    assert made.call is None and "say " in made.script
    for private in ("张三", "和平路", "13812345678", "K-7"):
        assert private not in made.script


@pytest.mark.parametrize("name", ["", "Ab", "../x", "a" * 70, "名字"])
def test_a_name_that_is_no_folder_is_refused(flow: Flow, understanding: Understanding, name: str) -> None:
    call = recorded(flow, understanding, ["1", "h"])
    with pytest.raises(RecordsError, match="名字"):
        make_test(call, flow, name, understanding)


def test_a_call_without_anything_is_none(flow: Flow, understanding: Understanding) -> None:
    call = replace(recorded(flow, understanding, ["h"]), menu_visits=(), hangup_by="system")
    with pytest.raises(RecordsError, match="什么也没有做"):
        make_test(call, flow, "nothing", understanding)


def heard(flow: Flow, understanding: Understanding) -> Call:
    """A call whose greeting was heard, the menu cut short by 1, and what followed until he hung up."""
    call = recorded(flow, understanding, ["1", "h"])
    first = [prompt for prompt, _ in Simulation(flow, T, "+8613812345678").texts()]
    at, told = T + 900, list[PromptHeard]()
    for prompt in first[:-1]:
        told.append(PromptHeard(prompt, at, at := at + 3_000))
    told.append(PromptHeard(first[-1], at, at := at + 1_700, "key"))
    simulation = Simulation(flow, T, "+8613812345678")
    simulation.press_on("1")
    told += [PromptHeard(simulation.texts()[0][0], at, at + 5_000, "hangup")]
    return replace(call, prompts_heard=tuple(told), t_ended=at + 5_000)


def test_keys_come_when_they_came_and_the_same_is_heard(
    flow: Flow, understanding: Understanding, tmp_path: Path
) -> None:
    call = heard(flow, understanding)
    made = make_test(call, flow, "from-a-call", understanding)
    assert made.call is not None
    (tmp_path / "call.yaml").write_text(made.call, encoding="utf-8")
    scenario = load_scenario(tmp_path)
    waits = [step.ms for step in scenario.steps if isinstance(step, Wait)]
    assert waits == [call.prompts_heard[-2].t_end - call.prompts_heard[0].t, 5_000]  # type: ignore[operator]
    assert scenario.expect.heard is not None
    assert [(one.prompts, one.cut) for one in scenario.expect.heard] == [
        ((one.prompt,), True if one.cut == "key" else None) for one in call.prompts_heard
    ]


def test_what_cannot_be_heard_again_is_left_open(flow: Flow, understanding: Understanding) -> None:
    call = heard(flow, understanding)
    first, *rest = call.prompts_heard
    amount = replace(call, prompts_heard=(replace(first, values=True), *rest))
    made = make_test(amount, flow, "from-a-call", understanding).call or ""
    assert f'    - "..."\n    - "{rest[0].prompt}"' in made
    other = replace(call, prompts_heard=(PromptHeard("of_another_flow", T, T + 2_000), *rest))
    made = make_test(other, flow, "from-a-call", understanding).call or ""
    assert '  heard:\n    - "..."\n  record:' in made and "wait 2500ms" in made
