"""Every folder beside this file that holds a call.yaml, placed on a real Asterisk. `make call-test S=name` runs one and
prints its time line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.rig import stereo, timeline
from tests.rig.hotline import Hotline
from tests.rig.scenario import Scenario, discover, load
from tests.rig.told_prompts import told_otherwise
from tests.rig.verdict import Evidence, verdict

HERE = Path(__file__).parent

pytestmark = pytest.mark.calls


def story(scenario: Scenario, evidence: Evidence) -> str:
    """The time line with the record, headed by what the call shows."""
    found = timeline.entries(evidence.call, evidence.heard, evidence.agents)
    return f"\n== {scenario.name}: {scenario.shows}\n" + timeline.as_text(found, evidence.record)


#: Of these calls the record must say of every prompt what was on the wire: by keys, through a queue, to the hang-up.
TOLD = frozenset({"agent-passes-on", "closed-loss", "key-during-prompts", "no-input", "queue-timeout-wait"})
#: Calls below it are placed on a hotline that listens; its recognisers are started once.
LISTENING = HERE / "speech"


def _placed(path: Path) -> ParameterSet:
    speaks = LISTENING in path.parents
    return pytest.param(
        path, "listening" if speaks else "line", marks=[pytest.mark.speech] if speaks else [],
        id=path.name,
    )  # fmt: skip


@pytest.mark.parametrize(("path", "which"), [_placed(path) for path in discover(HERE)])
def test_scenario(path: Path, which: str, request: pytest.FixtureRequest, folder: Path) -> None:
    line: Hotline = request.getfixturevalue(which)
    scenario = load(path)
    number = line.next_number() if scenario.caller == "13800000001" else scenario.caller
    evidence = line.run(scenario, folder, number)
    text = story(scenario, evidence)
    print(text)
    (folder / "timeline.txt").write_text(text, encoding="utf-8")
    (folder / "record.json").write_text(json.dumps(evidence.record, ensure_ascii=False, indent=1), encoding="utf-8")
    stereo.write(evidence.call, folder / "call.wav")
    wrong = verdict(scenario, evidence)
    if scenario.name in TOLD and evidence.record is not None:
        wrong += told_otherwise(evidence.heard, evidence.record)
    assert not wrong, "\n".join([*wrong, text, f"evidence: {folder}"])
