"""`ivr status`: a running node's figures in a terminal, and a plain word where none runs."""

from __future__ import annotations

import http.server
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from ivr.metrics.counted import ratio
from ivr.records.model import StateName
from ivr.report.monitoring import alarms
from ivr.report.monitoring.exporter import LEAST_FREE, Exporter, Snapshot
from ivr.report.monitoring.live_calls import LiveState, QueueState
from ivr.report.monitoring.live_complaints import ComplaintsState
from ivr.report.monitoring.live_publishing import EditWaits, PublishingState
from tests.cli.conftest import TOP, Desk, clean

ALL: Mapping[StateName, int] = {"ready": 2, "ring": 1, "talk": 3, "acw": 0, "pause": 1, "offline": 4}
QUIET = Snapshot(LiveState(0, {}, {}, 0, ratio(0, 0)), {"ready": 1})
BUSY = Snapshot(
    LiveState(17, {"main": 4, "accounts": 1}, {"general": QueueState(5, 61_200)}, 42, ratio(16, 20), 90),
    ALL,
    {"leaf": 3, "agent": 1},
    journal_lag=7,
    recogniser=True,
    talkers=2,
    audio_streams=6,
    refusals=5,
    publishing=PublishingState(3, drafts=2, unconfirmed=1),
)


@contextmanager
def serving(reading: Snapshot, *took: float, port: int = 0) -> Iterator[dict[str, str]]:
    """An endpoint that says so, and the settings that lead to it."""
    live = Exporter(lambda: reading)
    for seconds in took:
        live.latency.observe(seconds)
    server = live.serve("127.0.0.1", port)
    try:
        yield {"IVR_METRICS_PORT": str(server.server_port)}
    finally:
        server.shutdown()
        server.server_close()


def test_everything_is_shown_in_the_standards_words(desk: Desk) -> None:
    with serving(BUSY, 0.3, 0.5, 3.1) as environ:
        result = desk.ivr("status", "--once", **environ)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "通话中来电 17" in lines
    assert "近 15 分钟来电 42" in lines
    assert "近 15 分钟服务水平 80.0%（16/20，20 秒内人工接通；阈值 85%）未达标" in lines
    joined = "".join(lines)
    assert "正常；倾听 6，正在说话 2；话语 4，未能受理 5；延迟 平均 1.30 秒，1.4 秒内 2/3" in joined
    assert lines[lines.index("座席") + 1 :][:2] == ["就绪等待 振铃 通话 事后处理 示忙 未签入", "2 1 3 0 1 4"]
    assert "综合业务 general 5 61.2" in lines
    assert "菜单中来电：accounts 1、main 4" in lines
    assert "日志积压 7 条" in lines
    assert "菜单 发布 3；待复核草稿 2；待补审 1" in lines
    assert "注意：1 次紧急发布等另一人补审：ivr flow history" in lines


def test_a_quiet_hotline_has_nothing_to_warn_of(desk: Desk) -> None:
    with serving(QUIET) as environ:
        text = desk.ivr("status", "--once", **environ).stdout
    assert "注意" not in text and "排队：无" in text and "未启用" in text
    assert "—（0/0，20 秒内人工接通；阈值 85%）无数据" in " ".join(text.split())


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (replace(QUIET, manager_link=False), "AMI"),
        (replace(QUIET, agents={"offline": 6, "pause": 2}), "没有座席在岗"),
        (replace(QUIET, recogniser=False), "语音识别停用"),
        (replace(QUIET, bank=False), "银行系统没有应答"),
        (replace(QUIET, load_level=1), "新来电暂时只能按键"),
        (replace(QUIET, load_level=2), "新来电暂时听到忙音提示"),
        (replace(QUIET, live=replace(QUIET.live, service_level=ratio(84, 100))), "84.0%，低于 85%"),
        (
            replace(QUIET, live=replace(QUIET.live, queues={"urgent": QueueState(1, 60_001)})),
            "urgent排队最长已等 60",
        ),
        (replace(QUIET, journal_lag=1001), "1001 条"),
        (replace(QUIET, failing=("edits",)), "后台任务「流程更新」出错，会自动重试"),
        (replace(QUIET, lost_recordings=2), "2 段录音缺失或损坏"),
        (replace(QUIET, disk_free=LEAST_FREE - 1), "磁盘只剩 65535 KB"),
        (replace(QUIET, complaints=ComplaintsState(3, overdue=2)), "2 件投诉没有按期答复或处理：ivr complaints due"),
        (replace(QUIET, complaints=ComplaintsState(3, soon=1)), "1 件投诉即将到期"),
        (replace(QUIET, complaints=ComplaintsState(3, stuck=1)), "1 张投诉工单超过 24 小时没有回执"),
        (
            replace(QUIET, publishing=PublishingState(3, EditWaits.NOT_PROPOSED)),
            "正在服务的是发布 3）：用 ivr flow propose",
        ),
        (replace(QUIET, publishing=PublishingState(3, EditWaits.PROPOSED, 1)), "等另一人复核发布"),
        (replace(QUIET, publishing=PublishingState(3, EditWaits.BROKEN)), "flows/ 有错误，没有生效"),
        (replace(QUIET, publishing=PublishingState(3, unconfirmed=2)), "2 次紧急发布等另一人补审"),
        (replace(QUIET, publishing=PublishingState(3, late_notices=1)), "1 条维护公告不足二十四小时"),
        (replace(QUIET, publishing=PublishingState(3, unconfirmed=1, overdue=1)), "1 次紧急发布超过一天没有补审"),
        (replace(QUIET, refused=3), "3 条记录被数据库拒收，另存在状态目录的 journal/refused-records.jsonl"),
    ],
)
def test_each_thing_that_needs_attention_is_said_once(reading: Snapshot, words: str) -> None:
    (told,) = alarms.warnings(reading, {})
    assert words in told


@pytest.mark.parametrize(
    "reading",
    [
        replace(QUIET, live=replace(QUIET.live, service_level=ratio(85, 100))),
        replace(QUIET, live=replace(QUIET.live, service_level=ratio(0, 9))),
        replace(QUIET, live=replace(QUIET.live, queues={"urgent": QueueState(9, 60_000)})),
        replace(QUIET, journal_lag=1000),
        replace(QUIET, publishing=PublishingState(3)),
        replace(QUIET, complaints=ComplaintsState(9)),
        replace(QUIET, recogniser=True),
        replace(QUIET, failures=9),
        replace(QUIET, disk_free=LEAST_FREE),
    ],
)
def test_at_the_bound_nothing_is_said(reading: Snapshot) -> None:
    assert not list(alarms.warnings(reading, {}))


def test_it_refreshes_and_outlives_a_restart_of_the_node(desk: Desk) -> None:
    """In a terminal: the node, the node gone, the node again; then Ctrl-C."""
    with serving(BUSY) as environ:
        ours, theirs = pty.openpty()
        command_line = [sys.executable, "-m", "ivr.cli", "status", "--every", "0.5s"]
        terminal = {**clean(os.environ), "PYTHONPATH": str(TOP), "TERM": "xterm", "COLUMNS": "120", **environ}
        process = subprocess.Popen(command_line, stdout=theirs, stderr=theirs, cwd=desk.folder, env=terminal)
        os.close(theirs)
        shown = iter(lambda: os.read(ours, 65536), b"")
        _until(shown, "80.0%")
    try:
        _until(shown, "继续等待")
        with serving(QUIET, port=int(environ["IVR_METRICS_PORT"])):
            _until(shown, "无数据")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _until(shown: Iterator[bytes], words: str) -> None:
    """Read on until the terminal shows the words; the end of its output is the end of the test."""
    seen = b""
    while words.encode() not in seen:
        seen += next(shown)


def test_no_node_is_said_in_one_line(desk: Desk) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = str(nobody.getsockname()[1])
        assert "热线没有运行" in desk.refused("status", IVR_METRICS_PORT=port)
    assert "没有开放" in desk.refused("status", IVR_METRICS_PORT="0")


@pytest.mark.parametrize(
    ("code", "body", "words"),
    [
        (200, b"<html>hello</html>", "不是热线的实时指标"),
        (200, b"", "不是热线的实时指标"),
        (200, b"ivr_calls_in_progress NaN\n", "不是热线的实时指标"),
        (200, b'ivr_calls_in_progress 1\nivr_queue_depth{queue="a"} 1\n', "不是热线的实时指标"),
        (200, bytes(range(256)), "不是热线的实时指标"),
        (500, b"", "500"),
    ],
)
def test_somebody_else_at_the_port_is_no_hotline(desk: Desk, code: int, body: bytes, words: str) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert words in desk.refused("status", "--once", IVR_METRICS_PORT=str(server.server_port))
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("given", ["0.4", "3601", "2m", "-1", "nan", ""])
def test_an_interval_that_cannot_be_is_refused(desk: Desk, given: str) -> None:
    assert "0.5 到 3600 秒" in desk.refused("status", "--every", given, status=2)
