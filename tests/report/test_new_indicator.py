"""A new indicator is one new file and one line: it is in every form of the report, counted when calls are saved, and
shown as evidence of its clause."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"

NEW = '''"""How many calls are long."""

from __future__ import annotations

from ivr.metrics import rules
from ivr.metrics.counted import Count, share
from ivr.metrics.day import Case
from ivr.metrics.indicators.indicator import HOURS_AND_QUEUES, least, per_call


@per_call(
    "ours.long_calls", threshold=least("90", "HB 11.1"), evidence=("HB 11.1",), told_of=HOURS_AND_QUEUES, parts=("ms",)
)
def long_calls(case: Case) -> Count | None:
    """长通话占比（本系统，试验）

    公式：长于一分钟的来电/全部来电
    读法：通话全长超过 60 000 毫秒。
    """
    ms = case.call.t_ended - case.call.t_offered
    return Count(ms > rules.HOUR_MS // 60, 1, parts=(("ms", ms),)) if rules.possible(ms) else share(False)
'''


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it would be with a new file and a line."""
    top = tmp_path_factory.mktemp("house")
    shutil.copytree(TOP / "ivr", top / "ivr", ignore=shutil.ignore_patterns("__pycache__"))
    room = top / "ivr" / "metrics" / "indicators"
    (room / "long_calls.py").write_text(NEW, encoding="utf-8")
    registry = room / "registry.py"
    text = registry.read_text(encoding="utf-8")
    last = "    phone.clock_faults,\n"
    assert last in text
    line = f"{last}    __import__('ivr.metrics.indicators.long_calls', fromlist=['_']).long_calls,\n"
    registry.write_text(text.replace(last, line), encoding="utf-8")
    return top


#: The commands on standard input, one after the other in one process of that house, which loads it once.
SCRIPT = """
import json, sys
from click.testing import CliRunner
from ivr.cli.main import main
done = [CliRunner().invoke(main, words, catch_exceptions=False) for words in json.load(sys.stdin)]
json.dump([(one.exit_code, one.stdout, one.stderr) for one in done], sys.stdout)
"""


def ivr(house: Path, *commands: tuple[str, ...]) -> list[str]:
    """What each of the commands prints."""
    database = f"sqlite:///{house / 'a.sqlite'}"
    own = {"PYTHONPATH": str(house), "IVR_STATE": str(house / "run"), "IVR_DATABASE_URL": database}
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT], input=json.dumps(commands), cwd=TOP, env=os.environ | own,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [code for code, _, _ in told] == [0] * len(commands), told
    return [said for _, said, _ in told]


def test_it_is_in_every_form_of_the_report(house: Path) -> None:
    day = ("--from", "2026-01-05", "--to", "2026-01-05")
    _, as_json, recounted, table, page, compliance = ivr(
        house,
        ("records", "import", str(GOLDEN)),
        ("report", *day, "--by", "queue", "--format", "json"),
        ("report", *day, "--format", "json", "--recount"),
        ("report", *day),
        ("report", *day, "--format", "html"),
        ("report", "compliance", *day, "--format", "json"),
    )
    given = json.loads(as_json)
    found = given["indicators"]["ours.long_calls"]
    calls = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    lasted = [call["t_ended"] - call["t_offered"] for call in calls]
    assert (found["numerator"], found["denominator"]) == (sum(ms > 60_000 for ms in lasted), len(calls))
    assert (found["parts"]["ms"], found["name"], found["verdict"]) == (sum(lasted), "长通话占比", "未达标")
    assert all("ours.long_calls" in part["indicators"] for part in given["periods"])
    assert json.loads(recounted)["indicators"]["ours.long_calls"] == found
    assert "长通话占比" in table
    assert page.count("ours.long_calls") == 2 and "通话全长超过 60 000 毫秒" in page
    (clause,) = (one for one in json.loads(compliance)["clauses"] if one["clause"] == "HB 11.1")
    assert any("ours.long_calls" in part["what"] for part in clause["evidence"])
