"""`ivr doctor`: what is missing on this machine, and what to do about it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ivr.cli.chinese import Command
from ivr.errors import HotlineError, StoreError
from ivr.flow.loader import load
from ivr.records.store import Store
from ivr.settings import Settings
from ivr.speech import vad
from ivr.speech.catalogue import Catalogue
from ivr.speech.choice import choose
from ivr.speech.voice import named

_Row = tuple[bool, str, str]

#: Program → what it is for, and the Debian package it comes in.
_PROGRAMS = {"espeak-ng": ("合成没有录音的提示语", "espeak-ng")}
#: The same for programs that only the demo and the tests need.
_FOR_TESTS = {
    "sipp": ("演示和测试：拨打电话", "sip-tester"),
    "tcpdump": ("演示和测试：听线路上的声音", "tcpdump"),
}


@click.command(cls=Command)
@click.pass_obj
def doctor(settings: Settings) -> None:
    """检查这台机器：缺什么，怎么补。有缺失时退出码为 1。"""
    bad = 0
    for good, what, advice in _rows(settings):
        bad += not good
        click.echo(f"{'✓' if good else '✗'} {what}" + ("" if good else f"\n    {advice}"))
    for program, (purpose, package) in _FOR_TESTS.items():
        if shutil.which(program) is None:
            click.echo(f"· 没有 {program}（{purpose}），接听电话用不着；要用就 apt-get install {package}")
    if (deaf := _deaf(settings)) is not None:
        click.echo(f"· 热线不会听客户说话，只用按键：{deaf}")
    click.echo("一切就绪" if not bad else f"{bad} 项需要处理")
    sys.exit(1 if bad else 0)


def _rows(settings: Settings) -> Iterator[_Row]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "需要 Python 3.11 以上"
    for program, (purpose, package) in _PROGRAMS.items():
        found = shutil.which(program)
        yield found is not None, f"{program}（{purpose}）", f"apt-get install {package}，或运行 make install"
    yield from _engine()
    yield from _ports(settings)
    yield from _flow(settings)
    yield from _speech(settings)
    yield from _state(settings)
    yield from _running(settings)


def _engine() -> Iterator[_Row]:
    """A container engine, or what the chroot that takes its place is made with."""
    if shutil.which("docker") is not None:
        done = subprocess.run(["docker", "info"], capture_output=True, check=False)  # noqa: S607 - the operator's own docker
        advice = "make run 会自行启动它；没有 root 权限时请管理员启动 docker"
        yield done.returncode == 0 or shutil.which("dockerd") is not None, "容器引擎（运行 Asterisk）", advice
    elif shutil.which("mmdebstrap") is not None:
        yield True, "没有 docker，Asterisk 在 chroot 里运行", ""
    else:
        yield False, "容器引擎（运行 Asterisk）", "apt-get install docker.io，或 apt-get install mmdebstrap 改用 chroot"


def _ports(settings: Settings) -> Iterator[_Row]:
    """Each call takes a pair of ports, and another one while it talks with an agent."""
    sip = settings.sip
    calls = (sip.rtp_last - sip.rtp_first + 1) // 4
    what = f"语音端口 {sip.rtp_first}–{sip.rtp_last}"
    yield calls >= settings.max_calls, what, f"只够 {calls} 通，max_calls 是 {settings.max_calls}：加大 [sip] rtp_last"
    if sip.tls:
        yield shutil.which("openssl") is not None, "openssl（做 TLS 证书）", "apt-get install openssl，或自备证书"


def _flow(settings: Settings) -> Iterator[_Row]:
    loaded = load(settings.flows)
    errors = [finding for finding in loaded.findings if finding.severity == "error"]
    yield loaded.flow is not None, f"菜单 {settings.flows}", f"{len(errors)} 个错误，运行 ivr check 查看"
    if loaded.flow is None:
        return
    try:
        catalogue = Catalogue(loaded.flow, settings.prompts, named(settings.voice, settings.models))
    except HotlineError as wrong:
        yield False, "提示语录音", str(wrong)
        return
    missing = len(catalogue.missing())
    yield not missing, f"提示语录音 {settings.prompts}", f"缺 {missing} 个，运行 ivr prompts build"


def _speech(settings: Settings) -> Iterator[_Row]:
    """Which recogniser and which voice activity detection serve, and why these."""
    choice = choose(settings)
    if choice.engine != "none":
        others = f"；也可用 {'、'.join(choice.alternatives)}" if choice.alternatives else ""
        yield True, f"语音识别 {choice.engine}（{choice.why}{others}）", ""
    elif settings.speech.engine not in ("auto", "none"):
        yield False, f"语音识别 {settings.speech.engine}", choice.why
    if settings.speech.engine == "none":
        return
    try:
        chosen = vad.named(settings.speech.vad, settings.models)
        yield True, f"语音检测 {chosen.name}（{chosen.reason}）", ""
    except HotlineError as wrong:
        yield False, f"语音检测 {settings.speech.vad}", f"{wrong}；可运行 ivr models install silero"


def _deaf(settings: Settings) -> str | None:
    """Why the hotline takes keys only, where that is no mistake."""
    choice = choose(settings)
    return choice.why if choice.engine == "none" and settings.speech.engine in ("auto", "none") else None


def _state(settings: Settings) -> Iterator[_Row]:
    folder = settings.state if settings.state.exists() else settings.state.parent
    writable = folder.exists() and os.access(folder, os.W_OK)
    yield writable, f"状态目录 {settings.state}", "不可写：检查目录的所有者和权限"
    if writable:
        free = shutil.disk_usage(folder).free // 2**20
        yield free > 500, f"剩余磁盘 {free} MB", "不足 500 MB：通话记录和录音会写不下"
    try:
        store = Store(settings.url)
        try:
            store.migrate()
            store.count()
        finally:
            store.close()
        yield True, "数据库", ""
    except StoreError as wrong:
        yield False, "数据库", str(wrong)


def _running(settings: Settings) -> Iterator[_Row]:
    """Only told where the hotline is meant to run: its state folder says so."""
    trouble = settings.state / "trouble"
    if not (settings.state / "ivr.pid").exists():
        return
    yield (
        _open(settings.agi.host, settings.agi.port),
        "热线应用在接听",
        f"运行 make run，日志在 {settings.state / 'ivr.log'}",
    )
    yield (
        _open(settings.ami.host, settings.ami.port),
        "Asterisk 在运行",
        f"运行 make run，日志在 {settings.asterisk / 'log'}",
    )
    said = _text(trouble)
    yield not said, "运行无异常", said


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def _open(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False
