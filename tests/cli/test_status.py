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

from ivr.cli import status as command
from ivr.metrics.counted import ratio
from ivr.records.model import StateName
from ivr.report.board import Line, Standing
from ivr.report.live import Live, Reading
from tests.cli.conftest import TOP, Desk, clean

ALL: Mapping[StateName, int] = {"ready": 2, "ring": 1, "talk": 3, "acw": 0, "pause": 1, "offline": 4}
QUIET = Reading(Standing(0, {}, {}, 0, ratio(0, 0)), {"ready": 1})
BUSY = Reading(
    Standing(17, {"main": 4, "accounts": 1}, {"general": Line(5, 61_200)}, 42, ratio(16, 20), 90),
    ALL,
    {"leaf": 3, "agent": 1},
    journal_lag=7,
    recogniser=True,
    talkers=2,
    taps=6,
    refusals=5,
)


@contextmanager
def serving(reading: Reading, *took: float, port: int = 0) -> Iterator[dict[str, str]]:
    """An endpoint that says so, and the settings that lead to it."""
    live = Live(lambda: reading)
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
    assert lines[lines.index("座席") + 1 :][:2] == ["就绪等待 振铃 通话 事后处理 小休 未签入", "2 1 3 0 1 4"]
    assert "综合业务 general 5 61.2" in lines
    assert "菜单中来电：accounts 1、main 4" in lines
    assert "日志积压 7 条" in lines


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
        (replace(QUIET, standing=replace(QUIET.standing, service_level=ratio(84, 100))), "84.0%，低于 85%"),
        (replace(QUIET, standing=replace(QUIET.standing, queues={"urgent": Line(1, 60_001)})), "urgent排队最长已等 60"),
        (replace(QUIET, journal_lag=1001), "1001 条"),
    ],
)
def test_each_thing_that_needs_attention_is_said_once(reading: Reading, words: str) -> None:
    (told,) = command.warnings(reading, {})
    assert words in told


@pytest.mark.parametrize(
    "reading",
    [
        replace(QUIET, standing=replace(QUIET.standing, service_level=ratio(85, 100))),
        replace(QUIET, standing=replace(QUIET.standing, service_level=ratio(0, 9))),
        replace(QUIET, standing=replace(QUIET.standing, queues={"urgent": Line(9, 60_000)})),
        replace(QUIET, journal_lag=1000),
        replace(QUIET, recogniser=True),
    ],
)
def test_at_the_bound_nothing_is_said(reading: Reading) -> None:
    assert not list(command.warnings(reading, {}))


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
