"""The evidence of an emergency: complete, the same as the records say, with nobody's number in it, whole or not there
(CBA 三十八)."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.emergencies import lead
from ivr.errors import EmergencyRefused
from ivr.flow import load
from ivr.flow.model import Flow
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.report.evidence_pack import write as writing
from ivr.report.evidence_pack.collect import Pack, collect
from ivr.report.evidence_pack.write import write_pack
from tests.report import emergency_story as story


@pytest.fixture(scope="module")
def flow() -> Flow:
    found = load(Path(__file__).parents[2] / "flows").flow
    assert found is not None
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


_SAID = (
    "应急事件证据　编号 1", "话务量激增（一般）恢复阶段", "2026-01-15 14:30:00 开始", "历时 30 分",
    "时间线", "决定", "阶段与措施", "对客户的播报", "指标：之前、期间、之后", "监测预警", "通知与回执", "流失的客户",
    "审计记录", "来电是平时的五倍", "250 queued as M0", "约定回电", "data:image/svg+xml",
)  # fmt: skip


def pack(store: Store, flow: Flow, *, drill: bool = False) -> Pack:
    return collect(store, flow, story.lived_through(store, flow, drill=drill), story.NOW)


def table(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("drill", [False, True])
def test_the_figures_before_during_and_after_are_those_of_the_calls(store: Store, flow: Flow, drill: bool) -> None:
    found = pack(store, flow, drill=drill)
    before, during, after = found.spans
    assert [span.until - span.since for span in found.spans] == [
        60 * story.MINUTE,
        30 * story.MINUTE,
        60 * story.MINUTE,
    ]
    assert (before.calls, during.calls) == (20, 22)
    # of a drill, the calls after it were no part of it and are drills themselves: nobody else called
    assert after.calls == (0 if drill else 10)
    answered = during.figures["cba.agent_answer_rate"]
    # ten were connected and one by a callback, of twenty who asked and were not refused
    assert (answered.numerator, answered.denominator) == (11, 19)
    assert before.figures["cba.agent_answer_rate"].value == 1.0
    refused = during.figures["cba.refused_handoffs"]
    assert refused.numerator == 1
    abandoned = during.figures["hb.abandon_rate"]
    assert abandoned.numerator == 8


def test_the_lost_are_listed_and_who_was_served_after_all(store: Store, flow: Flow) -> None:
    found = {one.call_id: one for one in pack(store, flow).lost}
    assert set(found) == {*(f"gone{n}" for n in range(8)), "busy0", "busy1", "promised", "refused"}
    assert (
        found["gone3"].how == "排队中放弃" and found["gone3"].queue == "general" and found["gone3"].waited_ms == 90_000
    )
    assert found["busy0"].how == "线路已满，听到忙线提示"
    assert found["refused"].how == "要人工而没有转接：应急期间没有保留"
    assert found["promised"].number == "隐藏号码" and found["gone3"].number == "**********0203"
    served = {id_: one.served_at for id_, one in found.items() if one.served_at is not None}
    at = story.ENDED + 5 * story.MINUTE
    assert served == {
        "gone0": at + 11_000, "gone1": at + story.MINUTE + 11_000, "promised": story.ENDED + 20 * story.MINUTE + 10_000
    }  # fmt: skip


def test_the_folder_has_everything_and_its_hashes(store: Store, flow: Flow, tmp_path: Path) -> None:
    folder = tmp_path / "evidence" / "emergency-1"
    page = write_pack(pack(store, flow), folder)
    assert page == folder / "index.html"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "index.html", "SHA256SUMS", "timeline.csv", "decisions.csv", "phases.csv", "announcements.csv", "figures.csv",
        "warnings.csv", "notifications.csv", "lost_callers.csv", "audit.csv",
    }  # fmt: skip
    sums = {line.split("  ")[1]: line.split("  ")[0] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert sums.keys() == names - {"SHA256SUMS"}
    for name, wanted in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == wanted
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {0o600} and stat.S_IMODE(folder.stat().st_mode) == 0o700

    html = page.read_text(encoding="utf-8")
    for words in _SAID:
        assert words in html, words
    # nothing is fetched from anywhere, and nobody's number is in any file
    assert 'src="http' not in html and "<script" not in html
    for path in folder.iterdir():
        assert b"13900000" not in path.read_bytes() and b"13911112222" not in path.read_bytes()


def test_the_tables_tell_the_course(store: Store, flow: Flow, tmp_path: Path) -> None:
    found = pack(store, flow)
    write_pack(found, tmp_path / "pack")
    course = [(row["时间"][11:], row["事项"]) for row in table(tmp_path / "pack", "timeline.csv")]
    assert (
        course[0] == ("14:29:20", "预警") and course[1] == ("14:30:00", "启动") and course[-1] == ("15:00:00", "结束")
    )
    assert [word for _, word in course].count("已送达") == len(store.deliveries.about("emergency:1")[:2])
    assert course == sorted(course, key=lambda row: row[0])
    decisions = table(tmp_path / "pack", "decisions.csv")
    assert [(row["决定"], row["决定人"], row["角色"]) for row in decisions] == [
        (step, "zhao", "应急负责人") for step in ("启动", "变更", "变更", "结束")
    ]
    # what a spreadsheet would take for a formula is text
    assert decisions[1]["原因"] == "'=排队超过十分钟"
    announced = table(tmp_path / "pack", "announcements.csv")
    first = announced[0]
    assert first["何时"] == "话务量激增（一般）响应阶段" and first["听到的来电"] == "8" and first["其中听完"] == "8"
    phases = table(tmp_path / "pack", "phases.csv")
    assert [(row["历时"]) for row in phases] == ["10 分", "14 分", "6 分"]
    trail = table(tmp_path / "pack", "audit.csv")
    assert len(trail) == 4 and {row["结果"] for row in trail} == {"允许"}
    assert [row["校验值（SHA-256）"] for row in trail] == [
        kept.hash for kept in reversed(store.audit.list(target="emergency:1"))
    ]
    told = table(tmp_path / "pack", "notifications.csv")
    assert {row["状态"] for row in told} == {"已送达", "等待送达"}


def test_a_drill_says_that_it_is_one(store: Store, flow: Flow, tmp_path: Path) -> None:
    html = write_pack(pack(store, flow, drill=True), tmp_path / "pack").read_text(encoding="utf-8")
    assert "应急演练证据" in html and "这是演练，不是真实事件" in html and "期间来电" in html


def test_what_is_still_in_force_is_not_the_last_word(store: Store, flow: Flow, tmp_path: Path) -> None:
    wanted = InForce(EmergencyKind.SITE_LOST, "major", EmergencyPhase.RESPOND)
    one = lead.start(store.emergencies, flow, story.permit("停电", drill=False), wanted, story.T).emergency
    found = collect(store, flow, one.id, story.T + 90_000)
    assert found.until == story.T + 90_000 and found.lost == () and found.heard == {}
    html = write_pack(found, tmp_path / "pack").read_text(encoding="utf-8")
    assert "仍在执行：这不是最终的证据" in html and "没有流失的客户" in html


def test_a_level_that_the_plan_has_lost_is_said(store: Store, flow: Flow, tmp_path: Path) -> None:
    id_ = story.lived_through(store, flow)
    bare = replace(flow, emergency=replace(flow.emergency, kinds={}))
    html = write_pack(collect(store, bare, id_, story.NOW), tmp_path / "pack").read_text(encoding="utf-8")
    assert "预案里已没有这一级别" in html and "话务量激增（general）" in html


def test_there_is_none_of_what_never_was(store: Store, flow: Flow) -> None:
    with pytest.raises(EmergencyRefused, match="没有编号为 7"):
        collect(store, flow, 7, story.NOW)


def test_a_disk_that_is_full_leaves_the_older_pack_whole(
    store: Store, flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, folder = pack(store, flow), tmp_path / "pack"
    write_pack(found, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    real, written = writing._write, list[str]()

    def full(path: Path, content: bytes) -> None:
        written.append(path.name)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(writing, "_write", full)
    with pytest.raises(OSError, match="No space"):
        write_pack(replace(found, made=found.made + 1), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if "pack" in path.name] == ["pack"]
    monkeypatch.undo()
    write_pack(replace(found, made=found.made + 1000), folder)
    assert (folder / "index.html").read_bytes() != before["index.html"]


def test_a_folder_of_something_else_is_left_alone(store: Store, flow: Flow, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_pack(pack(store, flow), tmp_path / "mine")
    assert (tmp_path / "mine" / "letters.txt").read_text() == "dear"


def test_who_waited_already_when_it_began_is_among_the_lost_but_no_call_of_it(store: Store, flow: Flow) -> None:
    at = story.T - 4 * story.MINUTE
    store.save([
        story.call("waited", at, story.number(900), story.handoff(at + 5000, 600, "abandoned")),
        story.call("in-time", at, story.number(901), story.handoff(at + 5000, 100, "abandoned")),
        story.call("reached", at, story.number(902), story.handoff(at + 5000, 600, "answered")),
    ])  # fmt: skip
    found = pack(store, flow)
    (waited,) = [one for one in found.lost if one.call_id in ("waited", "in-time", "reached")]
    assert (waited.call_id, waited.t, waited.waited_ms) == ("waited", at, 600_000)
    assert found.spans[1].calls == 22, "the figures of the emergency are those of its own calls"
    assert "**********0900" in waited.number


def test_what_root_makes_belongs_to_whom_its_folder_belongs(store: Store, flow: Flow, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(tmp_path, 1234, 2345)
    page = write_pack(pack(store, flow), tmp_path / "evidence" / "emergency-1")
    assert {one.stat().st_uid for one in (page, page.parent, page.parent.parent)} == {1234}
