"""Where people are registered a hand edit of the menus waits: callers hear it once another person has published it, and
`ivr status` says so until then (CBA 四十三)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from ivr.cli.console.actions import identity
from ivr.people.roles import Role
from ivr.records.store import Store
from tests.people.registered import register
from tests.rig.calls import Call
from tests.rig.hotline import TOP, Hotline, hotline, until
from tests.rig.steps import parse

pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("publishing")]

OLD, NEW = "branch_hours_info", "complaint_process_info"


@pytest.fixture(scope="module")
def office() -> Iterator[Hotline]:
    """A hotline with two operators, whom the one user of this machine both is."""
    with hotline(METRICS_PORT="9464") as one:
        with closing(Store(one.environ["IVR_DATABASE_URL"])) as store:
            for person in ("zhang", "li"):
                register(store, person, Role.OPERATOR, os_user=identity().os_user)
        yield one


def ivr(one: Hotline, person: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ivr.cli", *words], env={**one.environ, "IVR_PERSON": person, "PYTHONPATH": str(TOP)},
        cwd=one.state, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def served(one: Hotline, folder: Path) -> tuple[str, Call]:
    """The revision that serves a caller now who presses 5 and 3, and the call."""
    number = one.next_number()
    call, _ = one.place(folder, parse(["dial", "wait 900ms", "press 53", "wait 3s", "hang up"]), number=number)
    return str(one.record(number)["flow_revision"]), call


def heard(one: Hotline, call: Call) -> list[str]:
    """The prompts of a call."""
    return [each.prompt for each in one.listen(call)]


def swap(flows: Path) -> None:
    """By hand: 3 and 4 of a menu lead where the other did."""
    file = flows / "hotline.yaml"
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    options = {option["key"]: option for option in written["menus"]["service"]["options"]}
    options["3"]["leaf"], options["4"]["leaf"] = options["4"]["leaf"], options["3"]["leaf"]
    file.write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_callers_hear_an_edit_once_another_person_has_published_it(office: Hotline, tmp_path: Path) -> None:
    def says(words: str) -> bool:
        return words in "".join(ivr(office, "li", "status", "--once").split("\n"))

    until("what is served to be the first publication", lambda: says("发布 1；"))
    before, call = served(office, tmp_path / "before")
    assert OLD in heard(office, call)

    swap(office.flows)
    until("the edit to wait", lambda: says("flows/ 有改动没有生效"))
    assert served(office, tmp_path / "waiting")[0] == before

    assert "已提交草稿 2" in ivr(office, "zhang", "flow", "propose", "--reason", "按键对调")
    assert "+ 按键 3" in ivr(office, "li", "flow", "review", "2")
    assert ivr(office, "li", "flow", "publish", "2") == "已发布 2\n"
    until("the publication to be served", lambda: says("发布 2；"), 5)
    until("new calls to be served with it", lambda: "serves new calls" in office.log.read_text(encoding="utf-8"), 5)
    revision, call = served(office, tmp_path / "after")
    assert revision != before
    assert NEW in heard(office, call)
    assert not says("注意：flows/")
