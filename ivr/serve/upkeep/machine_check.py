"""What a hotline needs of its machine, and what to do about what is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ivr.bank.client import Bank
from ivr.bank.operations import Operation
from ivr.encryption.keys import KeyRing
from ivr.errors import EncryptionError, HotlineError, StoreError
from ivr.flow.loader import load
from ivr.people.registry import NOBODY
from ivr.records.audit.witness import Witness
from ivr.report.definitions import open_store
from ivr.serve.asterisk.browser_telephones import addresses
from ivr.settings import Settings
from ivr.speech.prompts.catalogue import Catalogue
from ivr.speech.recognition.engine_choice import choose
from ivr.speech.voice_activity import registry as voice_activity_registry
from ivr.speech.voices.registry import named

#: Whether it is there, what it is, and what to do where it is not; for operators.
Check = tuple[bool, str, str]

#: Program → what it is for, and the Debian package it comes in.
_PROGRAMS = {"espeak-ng": ("合成没有录音的提示语", "espeak-ng")}
#: The same for programs that only the demo and the tests need.
FOR_TESTS = {
    "sipp": ("演示和测试：拨打电话", "sip-tester"),
    "tcpdump": ("演示和测试：听线路上的声音", "tcpdump"),
}


def checks(settings: Settings) -> Iterator[Check]:
    """Everything that the hotline cannot do without."""
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "需要 Python 3.11 以上"
    for program, (purpose, package) in _PROGRAMS.items():
        found = shutil.which(program)
        yield found is not None, f"{program}（{purpose}）", f"apt-get install {package}，或运行 make install"
    yield from _engine()
    yield from _certificates(settings)
    yield from _browsers(settings)
    yield from _flow(settings)
    yield from _speech(settings)
    yield from _bank(settings)
    yield from _encryption(settings)
    yield from _state(settings)
    yield from _running(settings)


def _engine() -> Iterator[Check]:
    """A container engine, or what the chroot that takes its place is made with."""
    if shutil.which("docker") is not None:
        done = subprocess.run(["docker", "info"], capture_output=True, check=False)  # noqa: S607 - the operator's own docker
        advice = "make run 会自行启动它；没有 root 权限时请管理员启动 docker"
        yield done.returncode == 0 or shutil.which("dockerd") is not None, "容器引擎（运行 Asterisk）", advice
    elif shutil.which("mmdebstrap") is not None:
        yield True, "没有 docker，Asterisk 在 chroot 里运行", ""
    else:
        yield False, "容器引擎（运行 Asterisk）", "apt-get install docker.io，或 apt-get install mmdebstrap 改用 chroot"


def _certificates(settings: Settings) -> Iterator[Check]:
    if settings.sip.tls:
        yield shutil.which("openssl") is not None, "openssl（做 TLS 证书）", "apt-get install openssl，或自备证书"


def _browsers(settings: Settings) -> Iterator[Check]:
    """Where telephones in browsers send and hear sound."""
    if settings.sip.browser_address == "none":
        return
    found = addresses(settings)
    advice = (
        "这台机器只有 127.x.x.x，浏览器不用它传语音：接上网络，或用 [sip] browser_address 写明本机的地址"
        "（只在本机试用：ip addr add 10.77.1.1/32 dev lo）；不用浏览器电话就写 none"
    )
    yield bool(found), f"浏览器电话的语音地址 {'、'.join(found) or '（没有）'}", advice


def _flow(settings: Settings) -> Iterator[Check]:
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


def _speech(settings: Settings) -> Iterator[Check]:
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
        chosen = voice_activity_registry.named(settings.speech.vad, settings.models)
        yield True, f"语音检测 {chosen.name}（{chosen.reason}）", ""
    except HotlineError as wrong:
        yield False, f"语音检测 {settings.speech.vad}", f"{wrong}；可运行 ivr models install silero"


def _bank(settings: Settings) -> Iterator[Check]:
    """Whether the bank's systems, where they are set, answer what is nobody's secret."""
    if not settings.bank.url:
        return

    async def ask() -> None:
        async with Bank(settings.bank) as bank:
            await bank.request(Operation.RATES, {}, call_id="doctor")

    try:
        asyncio.run(ask())
        yield True, f"银行系统 {settings.bank.url}", ""
    except HotlineError as wrong:
        yield False, f"银行系统 {settings.bank.url}", f"没有可用的应答（{wrong}）：检查网址、证书和令牌"


def _encryption(settings: Settings) -> Iterator[Check]:
    """Whether the keys of what is encrypted at rest, where some are configured, can be had."""
    if not settings.encryption.configured:
        return
    try:
        key = KeyRing(settings.encryption, settings.state).current
        yield True, f"录音加密（密钥 {key.name if key else '—'}）", ""
    except EncryptionError as wrong:
        yield False, "录音加密", f"{wrong}；在此之前新录音不加密、不丢失，密钥恢复后自动加密"


def unencrypted(settings: Settings) -> str | None:
    """What the operator should know where nothing is encrypted at rest, or None."""
    told = "没有配置密钥：录音不加密，也不能备份（设置 [encryption] key_file）"
    return None if settings.encryption.configured else told


def _state(settings: Settings) -> Iterator[Check]:
    folder = settings.state if settings.state.exists() else settings.state.parent
    writable = folder.exists() and os.access(folder, os.W_OK)
    yield writable, f"状态目录 {settings.state}", "不可写：检查目录的所有者和权限"
    if writable:
        free = shutil.disk_usage(folder).free // 2**20
        yield free > 500, f"剩余磁盘 {free} MB", "不足 500 MB：通话记录和录音会写不下"
    try:
        store = open_store(settings.url)
        try:
            store.migrate()
            store.count()
            faults = store.audit.verify(Witness(settings.state).read())
            somebody = store.people.any()
        finally:
            store.close()
        yield True, "数据库", ""
        yield (
            not faults,
            "审计记录完整" if not faults else "审计记录",
            f"{len(faults)} 处问题，运行 ivr audit verify 查看",
        )
        yield True, "人员已登记" if somebody else NOBODY, ""
    except StoreError as wrong:
        yield False, "数据库", str(wrong)


def _running(settings: Settings) -> Iterator[Check]:
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
