"""`make demo`: the hotline comes up, five real calls are placed, one of them spoken, and you see what happened.

A hotline of its own, in a folder that is removed afterwards; what the calls left is kept in `demo-out/`.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.rig import picture, stereo, timeline
from tests.rig.agents import Manner
from tests.rig.calls import Call
from tests.rig.errors import RigError
from tests.rig.heard import MUSIC
from tests.rig.hotline import TOP, Hotline, hotline
from tests.rig.steps import parse

OUT = TOP / "demo-out"


@dataclass(frozen=True, slots=True)
class Scene:
    """One caller of the demo."""

    name: str
    title: str
    steps: Sequence[str]
    agents: Mapping[str, Manner] = field(default_factory=dict)
    busy: str | None = None
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What a call left: packets of the caller and of the agents, and its record."""

    call: Call
    agents: Mapping[str, Call]
    record: Mapping[str, object]


SCENES = (
    Scene(
        "1-key-path",
        "按键走到第三层，途中重听和返回",
        [
            "dial", "hear greeting", "wait 3s", "press 1", "wait 3s", "press #", "wait 3s", "press *", "wait 2s",
            "press 1", "wait 2s", "press 4", "wait 2s", "press 1", "hear wealth_products_info", "wait 3s", "hang up",
        ],
        shows=("greeting", "say_or_press", "accounts_menu", "wealth_menu", "wealth_products_info", "after_leaf"),
    ),
    Scene(
        "2-elderly",
        "老年客户一键直达人工",
        ["dial", "wait 5s", "press 9", "wait for bye 60s"],
        {"1006": Manner(rings_ms=2000, talks_ms=5000)},
        shows=("greeting", "transferring", MUSIC, "agent_service", "agent_left", "goodbye"),
    ),
    Scene(
        "3-queue",
        "座席正忙，排队听音乐，直到座席接听",
        ["dial", "wait 4s", "press 0", "wait for bye 90s"],
        {"1001": Manner(rings_ms=1000, talks_ms=14000)},
        busy="1001",
        shows=("greeting", "transferring", MUSIC, "queue_next", "agent_service", "agent_left", "goodbye"),
    ),
    Scene(
        "4-silence",
        "先不按键，再按错键",
        ["dial", "hear greeting say_or_press main_menu keys", "wait 7s", "hear no_input main_menu", "press 7",
         "wait 9s", "hang up"],
        shows=("greeting", "say_or_press", "main_menu", "no_input", "no_match"),
    ),
)  # fmt: skip

#: Placed after the others: it needs an agent who serves one of them.
SPOKEN = Scene(
    "5-speech",
    "打断播报，直接说「我的卡丢了」，确认后转到挂失专线",
    ["dial", "wait 2500ms", "say fixtures/clean/debit_loss-1.wav", "wait 5s", "say fixtures/clean/yes-1.wav",
     "wait for bye 60s"],
    {"1006": Manner(rings_ms=1500, talks_ms=4000)},
    shows=("greeting", "confirm-debit_loss", "debit_loss_intro", "transferring", "agent_service", "goodbye"),
)  # fmt: skip


def main() -> int:
    """Place the calls, print what happened; 0 when every call went as it should."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    began = time.monotonic()
    _tell("热线启动中：合成提示语、启动 Asterisk、启动应用")
    with hotline(SPEECH_ENGINE="auto") as line:
        line.ear()
        _tell(f"热线已就绪（{time.monotonic() - began:.0f} 秒），先同时拨打 {len(SCENES)} 通，再说一通，约一分半钟")
        with ThreadPoolExecutor(len(SCENES)) as pool, _spinner():
            left = [*pool.map(lambda scene: _place(line, scene), SCENES), _place(line, SPOKEN)]
        failed = [scene.name for scene, one in zip((*SCENES, SPOKEN), left, strict=True) if not _show(line, scene, one)]
    print(f"\n录音、时间线和通话记录在 {OUT.relative_to(TOP)}/：*.wav 左声道为客户听到的，右声道为客户发出的。")
    print("用软电话拨入：make run 之后，向 sip:95000@127.0.0.1:5060 发起呼叫，不需注册（G.711 A 律，RFC 2833 按键）。")
    if failed:
        print(f"没有如期进行的通话：{'、'.join(failed)}", file=sys.stderr)
        return 1
    print("启动并保持运行：make run　　停止：make down")
    return 0


def _place(line: Hotline, scene: Scene) -> Left | RigError:
    """One call, while the others go on."""
    number = line.next_number()
    try:
        call, legs = line.place(
            line.state / scene.name, parse(scene.steps), number=number, agents=scene.agents, busy=scene.busy
        )
        return Left(call, legs, line.record(number))
    except RigError as wrong:
        return wrong


def _show(line: Hotline, scene: Scene, left: Left | RigError) -> bool:
    """What one call left, printed and kept; whether all of it is there."""
    _tell(scene.title)
    if isinstance(left, RigError):
        print(f"  {left}", file=sys.stderr)
        return False
    heard = line.ear().listen(left.call.heard)
    found = timeline.entries(left.call, heard, left.agents)
    text = timeline.as_text(found, left.record)
    print(text)
    _keep(scene, left.call, found, text, left.record)
    wanted = {prompt for prompt in scene.shows if not any(one.is_(prompt) for one in heard)}
    if wanted:
        print(f"  没有听到：{'、'.join(sorted(wanted))}", file=sys.stderr)
    return not wanted


def _keep(scene: Scene, call: Call, found: Sequence[timeline.Entry], text: str, record: Mapping[str, object]) -> None:
    stereo.write(call, OUT / f"{scene.name}.wav")
    (OUT / f"{scene.name}.txt").write_text(text, encoding="utf-8")
    (OUT / f"{scene.name}.svg").write_text(picture.as_svg(found, scene.title), encoding="utf-8")
    (OUT / f"{scene.name}.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _tell(text: str) -> None:
    print(f"\n>> {text}", flush=True)


class _spinner:
    """A dot a second, so that nobody wonders whether it still goes on."""

    def __enter__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        print(flush=True)

    def _run(self) -> None:
        while not self._done.wait(1):
            print(".", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
