"""Scenario folders: what is accepted, what is refused and where, and what a verdict says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.calls.crowd import changes
from tests.rig import g711
from tests.rig.agents import Manner
from tests.rig.calls import Call, Frame, Key
from tests.rig.errors import ScenarioError
from tests.rig.heard import MUSIC, UNKNOWN, Heard
from tests.rig.scenario import Check, Expected, Scenario, discover, load, merge, write_flows
from tests.rig.steps import Dial, HangUp, Press
from tests.rig.verdict import Evidence, verdict

FULL = """\
shows: 按 2 听营业时间
clauses: [HB 7.2.4, CBA 二十二]
caller: "13800000006"
dialled: 95000
limit: 30s
flow:
  hotline.yaml: {no_input: 2s}
agents:
  "1001": {rings: 500ms, talks: 2s, holds: [1s, 2s], passes_on: [4s, "1003"]}
  "1002": {never: true}
  "1003": {reject: 486}
steps:
  - dial
  - press 2
  - hang up
expect:
  heard:
    - greeting
    - {prompt: main_menu, cut: true, within: 500ms}
    - "..."
    - any: [a, b]
  record:
    entry: menu
    menu_visits.0.key: "2"
    flow_revision: {matches: "[0-9a-f]{12}"}
  silence: 2s
  ended_by: caller
"""


def write(folder: Path, text: str) -> Path:
    """A scenario folder."""
    folder.mkdir(exist_ok=True)
    (folder / "call.yaml").write_text(text, encoding="utf-8")
    return folder


def test_everything_a_folder_can_say(tmp_path: Path) -> None:
    scenario = load(write(tmp_path / "hours", FULL))
    assert (scenario.name, scenario.shows, scenario.dialled) == ("hours", "按 2 听营业时间", "95000")
    assert scenario.clauses == ("HB 7.2.4", "CBA 二十二")
    assert (scenario.caller, scenario.limit_ms) == ("13800000006", 30_000)
    assert scenario.steps == (Dial(), Press("2"), HangUp())
    assert scenario.agents == {
        "1001": Manner(500, 2000, (1000, 2000), passes_on=(4000, "1003")),
        "1002": Manner(rings_ms=None), "1003": Manner(reject=486),
    }  # fmt: skip
    assert scenario.expect.heard is not None
    assert scenario.expect.heard[1] == Expected(("main_menu",), True, 500, line=19)
    assert scenario.expect.heard[3].prompts == ("a", "b")
    assert scenario.expect.record["flow_revision"] == Check("matches", "[0-9a-f]{12}")
    assert scenario.expect.silence_ms == 2000
    assert discover(tmp_path) == [tmp_path / "hours"]


def test_a_withheld_number_and_a_hand_written_scenario(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", "shows: x\ncaller: null\nexpect: {status: 404}\n")
    (folder / "uac.xml").write_text("<scenario/>")
    scenario = load(folder)
    assert (scenario.caller, scenario.steps, scenario.own) == (None, (), folder / "uac.xml")


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("shows: 按 2 听营业时间\n", ""), 1, "shows is missing"),
        (("clauses:", "clause:"), 2, "clause is not known here; did you mean clauses"),
        (("[HB 7.2.4, CBA 二十二]", "HB"), 2, "a list is wanted"),
        (('"13800000006"', "abc"), 3, "a number in quotes"),
        (("limit: 30s", "limit: 30"), 5, "not a duration"),
        (("limit: 30s", "shows: again"), 5, "shows is given twice"),
        (("{no_input: 2s}", "{no_input: 2s"), None, "not YAML"),
        (("holds: [1s, 2s]", "holds: [1s]"), 9, "after the answer, for how long"),
        (("rings: 500ms", "ring: 500ms"), 9, "did you mean rings"),
        (('passes_on: [4s, "1003"]', "passes_on: [4s]"), 9, "after the answer, to whom"),
        (('passes_on: [4s, "1003"]', 'passes_on: [4, "1003"]'), 9, "not a duration"),
        (("ended_by: caller", "barge_in: soon"), 27, "not a duration"),
        (("ended_by: caller", "answer: 1"), 27, "not a duration"),
        (("press 2", "say no/such.wav"), 14, "no such recording"),
        (("never: true", "never: 3"), 10, "true or false"),
        (("reject: 486", "reject: 200"), 11, "from 400 to 699"),
        (("reject: 486", "reject: abc"), 11, "invalid literal"),
        (("press 2", "push 2"), 14, "step 'push 2' is not known"),
        (("  - hang up\n", ""), 13, "the last step must end the call"),
        (("cut: true", "cut: yes please"), 19, "true or false"),
        (("within: 500ms", "within: soon"), 19, "not a duration"),
        (("prompt: main_menu, ", ""), 19, "give either prompt or any"),
        (("any: [a, b]", "any: [a, b]\n      prompt: a"), 21, "give either prompt or any"),
        (("{matches: ", "{match: "), 25, "did you mean matches"),
        (('{matches: "[0-9a-f]{12}"}', "{matches: '['}"), 25, "unterminated"),
        (('{matches: "[0-9a-f]{12}"}', "{at_least: many}"), 25, "a number"),
        (('{matches: "[0-9a-f]{12}"}', "{one_of: many}"), 25, "a list"),
        (('{matches: "[0-9a-f]{12}"}', "{present: many}"), 25, "true or false"),
        (('{matches: "[0-9a-f]{12}"}', "{at_least: 1, at_most: 2}"), 25, "exactly one of"),
        (('{matches: "[0-9a-f]{12}"}', "{between: [1]}"), 25, "two numbers"),
        (('{matches: "[0-9a-f]{12}"}', "{between: [1, true]}"), 25, "two numbers"),
        (("cut: true", "variant: slow"), 19, "normal or elderly"),
        (("ended_by: caller", "ended_by: nobody"), 27, "caller or hotline"),
        (("ended_by: caller", "status: many"), 27, "invalid literal"),
    ],
)
def test_every_mistake_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int | None, words: str
) -> None:
    assert change[0] in FULL
    folder = write(tmp_path / "bad", FULL.replace(*change, 1))
    with pytest.raises(ScenarioError, match=words) as error:
        load(folder)
    assert str(error.value).startswith(f"{folder / 'call.yaml'}:{'' if line is None else f'{line}: '}")


@pytest.mark.parametrize("text", ["", "- a list\n", "just text\n", "shows: x\nexpect: {}\nsteps: [dial, hang up]\n"])
def test_other_shapes_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError):
        load(write(tmp_path / "bad", text))


def test_no_file_no_steps_or_two_of_them(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(ScenarioError, match="steps is missing"):
        load(write(tmp_path / "a", "shows: x\nexpect: {status: 200}\n"))
    folder = write(tmp_path / "b", FULL)
    (folder / "uac.xml").write_text("<scenario/>")
    with pytest.raises(ScenarioError, match="take away one of the two"):
        load(folder)
    (tmp_path / "a" / "call.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path / "a")


def test_flow_changes_are_laid_over_the_operator_s_files(tmp_path: Path) -> None:
    source = tmp_path / "flows"
    source.mkdir()
    (source / "hotline.yaml").write_text("bank: 示例银行\nno_input: 5s\nkeys: {repeat: '#'}\n", encoding="utf-8")
    (source / "hours.yaml").write_text("timezone: Asia/Shanghai\n")
    scenario = load(write(tmp_path / "s", FULL))
    write_flows(scenario, source, tmp_path / "out")
    merged = yaml.safe_load((tmp_path / "out" / "hotline.yaml").read_text(encoding="utf-8"))
    assert merged == {"bank": "示例银行", "no_input": "2s", "keys": {"repeat": "#"}}
    assert (tmp_path / "out" / "hours.yaml").read_text() == "timezone: Asia/Shanghai\n"
    with pytest.raises(ScenarioError, match=r"there is no menu.yaml"):
        write_flows(replace(scenario, flow={"menu": {}}), source, tmp_path / "out")


def test_merge_is_rfc_7396() -> None:
    assert merge({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": [1]}}) == {"a": {"c": 2, "d": [1]}}
    assert merge([1], {"a": 1}) == {"a": 1}
    assert merge({"a": 1}, [1]) == [1]


# ── the verdict ──────────────────────────────────────────────────────────────────────────────────


def heard(prompt: str, start: float, end: float, cut_ms: int | None = None, **more: Any) -> Heard:
    """Something heard, in seconds after the INVITE."""
    return Heard(prompt, "normal", start, end, cut_ms is None, 0, cut_ms, **more)


def evidence(*what: Heard, keys: tuple[Key, ...] = (), end: float = 20.0, **record: object) -> Evidence:
    """A call that was answered at 0.1 s and ended by its caller; sound wherever something was heard."""
    sound = tuple(
        Frame(one.t_start + n * 0.02, 1, n, "alaw", bytes([0x2A]) * 160)
        for one in what
        for n in range(round((one.t_end - one.t_start) / 0.02))
    )
    call = Call("x", (), sound, (), keys, 0.0, 0.05, 0.1, end, "caller", 200)
    return Evidence(call, what, record or None)


def expecting(tmp_path: Path, expect: str) -> Scenario:
    """A scenario with this `expect`."""
    return load(write(tmp_path / "s", f"shows: x\nsteps: [dial, hang up]\nexpect:\n{expect}"))


def test_a_call_as_expected(tmp_path: Path) -> None:
    scenario = expecting(
        tmp_path,
        "  heard: [{prompt: greeting, variant: normal}, {prompt: main_menu, cut: true},\n"
        "          {prompt: hours, within: 500ms}, '...', {any: [a, bye]}]\n"
        "  record: {entry: menu, visits.0.key: 2, visits.count: {at_least: 1}, n: {at_most: 3}, x: null,\n"
        "           rev: {matches: '[0-9a-f]+'}, visits.-1.key: {one_of: ['2', '3']}, y: {present: false}, t: 5,\n"
        "           t - n: {between: [2, 2]}, t - visits.0.gone: null}\n"
        "  silence: 3s\n  ended_by: caller\n  status: 200\n",
    )
    found = evidence(
        heard("greeting", 0.3, 2.0),
        heard(MUSIC, 2.0, 2.1),
        heard("main_menu", 2.0, 4.3, 2300),
        heard("hours", 4.4, 6.0),
        heard("after_leaf", 6.0, 9.0),
        heard(UNKNOWN, 9.0, 9.5),
        heard("goodbye", 9.5, 11.0),
        heard("bye", 11.0, 12.0, 1000, also=("goodbye",)),
        keys=(Key("2", 4.0, 4.2),),
        end=12.1,
        entry="menu", visits=[{"key": "2"}], n=3, rev="0af", t=5,
    )  # fmt: skip
    assert verdict(scenario, found) == []


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("heard: [greeting, keys]", "after greeting keys was expected, but main_menu was heard at 2.00 s"),
        ("heard: [greeting]", "after greeting nothing more was expected, but main_menu was heard at 2.00 s"),
        ("heard: [greeting, main_menu, bye]", "bye was not heard after main_menu; heard: greeting (0.30 s), main"),
        ("heard: ['...', bye]", "bye was not heard after the answer"),
        ("heard: [greeting, main_menu]", "main_menu at 2.00 s was cut after 2.30 s, but should have been heard whole"),
        ("heard: [{prompt: greeting, cut: true}, '...']", "greeting at 0.30 s should have been cut, but was heard to"),
        (
            "heard: [greeting, {prompt: main_menu, cut: true}]",
            "was cut after 2.30 s, but no key was pressed and nothing said then",
        ),
        ("heard: [{prompt: greeting, within: 100ms}, '...']", "greeting at 0.30 s began 0.20 s late, at most 0.1 s"),
        ("silence: 2s", "the caller heard nothing for 15.70 s from 4.30 s on, at most 2 s"),
        ("ended_by: hotline", "the call was ended by caller, expected hotline"),
        ("status: 404", "the call was answered with 200, expected 404"),
        ("record: {entry: closed}", "record entry: is 'menu', expected 'closed'"),
        ("record: {visits.1.key: 2}", "record visits.1.key: is missing (visits.0.key=2)"),
        ("record: {nothing: 2}", "record nothing: is missing"),
        ("record: {entry: {matches: clo}}", "record entry: is 'menu', expected matches 'clo'"),
        ("record: {n: {at_least: 4}}", "record n: is 3, expected at least 4"),
        ("heard: [{prompt: greeting, variant: elderly}, '...']", "was the normal recording, expected the elderly one"),
        ("record: {n: {between: [4, 5]}}", "record n: is 3, expected between [4, 5]"),
        ("record: {n - n: 1}", "record n - n: is 0, expected 1"),
        ("record: {n - entry: 1}", "record n - entry: is missing"),
        ("record: {n: {present: false}}", "record n: is 3, expected none"),
        ("record: {m: {present: true}}", "record m: is None, expected a value"),
        ("record: {n: null}", "record n: is 3, expected none"),
        ("barge_in: 180ms", "never: a prompt went on … ms after the caller began to speak"),
        ("answer: 1s", "never: the hotline answered … ms after the caller's words"),
        ("record: {visits.count: 2}", "record visits.count: is 1, expected 2"),
    ],
)
def test_every_mismatch_in_plain_words(tmp_path: Path, expect: str, words: str) -> None:
    scenario = expecting(tmp_path, f"  {expect}\n")
    found = evidence(
        heard("greeting", 0.3, 2.0), heard("main_menu", 2.0, 4.3, 2300), entry="menu", n=3, visits=[{"key": "2"}]
    )
    (problem,) = verdict(scenario, found)
    assert words in problem


def test_no_record_and_no_answer_are_said(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, "  record: {entry: menu}\n  silence: 1s\n  heard: [greeting]\n")
    refused = replace(evidence().call, t_answered=None, status=404, ended_by="callee")
    assert verdict(scenario, Evidence(refused, ())) == [
        "the call was answered with 404, expected 200",
        "greeting was not heard after the answer; heard: nothing",
        "the call was not answered and ended, so silence cannot be measured",
        "no call record was written",
    ]


def test_the_end_of_the_call_may_cut_the_last_prompt(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, "  heard: [greeting, main_menu]\n")
    cut = [heard("greeting", 0.3, 2.0), heard("main_menu", 2.0, 4.3, 2300)]
    assert verdict(scenario, evidence(*cut, end=4.32)) == []
    strict = expecting(tmp_path, "  heard: [greeting, {prompt: main_menu, cut: false}]\n")
    assert len(verdict(strict, evidence(*cut, end=4.32))) == 1


def test_a_voice_over_a_prompt_and_the_answer_to_it(tmp_path: Path) -> None:
    scenario = expecting(
        tmp_path,
        """\
  heard: [greeting, {prompt: main_menu, cut: true}, {prompt: confirm, within: 1s}]
  barge_in: 180ms
  answer: 900ms
""",
    )

    def said(menu_end: float, answer: float) -> Evidence:
        found = evidence(
            heard("greeting", 0.3, 2.0), heard("main_menu", 2.0, menu_end, 2300), heard("confirm", answer, 9)
        )
        loud = g711.encode(np.full(160, 5000, np.int16), "alaw")
        frames = tuple(Frame(4.0 + n * 0.02, 1, n, "alaw", loud) for n in range(50))
        return replace(found, call=replace(found.call, said=frames))

    assert verdict(scenario, said(4.2, 5.9)) == []
    assert verdict(scenario, said(4.22, 5.9)) == [
        "a prompt went on 200 ms after the caller began to speak, at most 180"
    ]
    assert "the hotline answered 920 ms after the caller's words, at most 900" in verdict(scenario, said(4.2, 5.92))
    assert "was cut after 2.30 s, but no key was pressed and nothing said" in verdict(scenario, said(5.2, 5.9))[0]
    late = verdict(scenario, said(4.2, 6.1))
    assert any("confirm at 6.10 s began 1.10 s late" in one for one in late)


def test_changed_flows_keep_words_that_are_no_booleans(tmp_path: Path) -> None:
    """`no:` is a key of a step, and not false."""
    source = tmp_path / "flows"
    source.mkdir()
    (source / "hotline.yaml").write_text("a: {no: [x], yes: on, listen: true, closed: false}\n", encoding="utf-8")
    write_flows(changes({"hotline.yaml": {"b": 1}}), source, tmp_path / "new")
    loaded = (tmp_path / "new" / "hotline.yaml").read_text(encoding="utf-8")
    assert "'no':" in loaded and "'yes': 'on'" in loaded and "listen: true" in loaded and "closed: false" in loaded
