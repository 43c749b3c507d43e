"""`make demo`: the hotline comes up, seven real calls are placed, two of them spoken, and you see what happened.

A hotline of its own, in a folder that is removed afterwards; what the calls left is kept in `demo-out/`, and can be
looked at in a console for an hour.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ivr.bank.demo.customers import CUSTOMERS
from tests import demo_console
from tests.calls.crowd import changes
from tests.rig import picture, stereo, timeline
from tests.rig.agents import Manner
from tests.rig.calls import Call
from tests.rig.demo_bank import demo_bank
from tests.rig.errors import RigError
from tests.rig.heard import MUSIC
from tests.rig.hotline import TOP, Hotline, hotline
from tests.rig.steps import parse

OUT = TOP / "demo-out"
#: As shipped: after an agent the caller is asked how satisfied he is.
SURVEYED = changes({"hotline.yaml": {"survey": {"after_agent": True}}})
#: Customers of the demo bank, as `ivr bank demo --list` shows them.
WANG, LI = CUSTOMERS[:2]


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
        "老年客户一键直达人工，之后评价",
        ["dial", "wait 5s", "press 9", "wait 35s", "press 1", "wait for bye 60s"],
        {"1006": Manner(rings_ms=2000, talks_ms=5000)},
        shows=("greeting", "transferring", MUSIC, "agent_service", "survey_question", "goodbye"),
    ),
    Scene(
        "3-queue",
        "座席正忙，排队听音乐，直到座席接听，之后评价",
        ["dial", "wait 4s", "press 0", "wait 48s", "press 1", "wait for bye 90s"],
        {"1001": Manner(rings_ms=1000, talks_ms=14000)},
        busy="1001",
        shows=("greeting", "transferring", MUSIC, "queue_next", "agent_service", "survey_question", "goodbye"),
    ),
    Scene(
        "4-silence",
        "先不按键，再按错键",
        ["dial", "hear greeting elderly_key say_or_press main_menu keys", "wait 7s",
         "hear no_input elderly_key main_menu", "press 7", "wait 9s", "hang up"],
        shows=("greeting", "say_or_press", "main_menu", "no_input", "no_match"),
    ),
    Scene(
        "5-balance",
        "按键核实身份，听余额：向演示银行查询",
        ["dial", "wait 3s", "press 11", "hear verify_intro", f"press {WANG.accounts[0].number}#", "hear verify_pin",
         f"press {WANG.pin}", "wait 4s", "press 1", "wait 12s", "hang up"],
        shows=("greeting", "verify_intro", "verify_pin", "choose_account", "account_balance_result"),
    ),
)  # fmt: skip

#: Placed after the others, one by one: they need the processor.
SPOKEN = (
    Scene(
        "6-lost-card",
        "打断播报，直接说「我的卡丢了」，核实身份，确认后挂失，受理编号报两遍",
        ["dial", "wait 2500ms", "say fixtures/clean/debit_loss-1.wav", "wait 5s", "say fixtures/clean/yes-1.wav",
         "wait 4s", "hear recording_notice verify_intro", f"press {LI.accounts[0].number}#", "hear verify_pin",
         f"press {LI.pin}", "wait 4s", "press 1", "wait 6s", "press 1", "wait 17s", "hang up"],
        shows=("greeting", "confirm-debit_loss", "verify_intro", "verify_pin", "loss_confirm", "loss_done",
               "reference_again"),
    ),
    Scene(
        "7-instalment",
        "一口气说两件事（中间停顿）、核实身份、当场更正金额、用说的按键：信用卡账单分期",
        ["dial", "wait 2500ms", "say fixtures/demo/two_in_one_breath.wav", "wait 5s",
         "hear recording_notice verify_intro", f"press {WANG.accounts[2].number}#", "hear verify_pin",
         f"press {WANG.pin}", "wait 5s", "say fixtures/demo/corrected_amount.wav", "wait 6s",
         "say fixtures/demo/said_key.wav", "wait 6s", "press 12#", "wait 4s", "press 1", "wait 16s", "press 1",
         "wait 12s", "hang up"],
        shows=("greeting", "verify_pin", "card_instalment_ask", "confirm_amount", "card_months_ask",
               "card_instalment_quote", "card_instalment_done"),
    ),
)  # fmt: skip


def main() -> int:
    """Place the calls, print what happened; 0 when every call went as it should."""
    demo_console.end()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    began = time.monotonic()
    _tell("热线启动中：合成提示语、启动 Asterisk、启动应用")
    with (
        tempfile.TemporaryDirectory(prefix="ivr-bank-") as folder,
        demo_bank(Path(folder)) as bank,
        hotline(SURVEYED, SPEECH_ENGINE="auto", BANK_URL=bank.url, BANK_PUBLIC_KEY=str(bank.public_key)) as line,
    ):
        line.listener()
        ready = f"热线已就绪（{time.monotonic() - began:.0f} 秒）"
        _tell(f"{ready}，先同时拨打 {len(SCENES)} 通，再说 {len(SPOKEN)} 通，约三分钟")
        with ThreadPoolExecutor(len(SCENES)) as pool, _spinner():
            left = list(pool.map(lambda scene: _place(line, scene), SCENES))
            left += [_place(line, scene) for scene in SPOKEN]
        scenes = (*SCENES, *SPOKEN)
        failed = [scene.name for scene, one in zip(scenes, left, strict=True) if not _show(line, scene, one)]
        kept = demo_console.keep(line)
    print(f"\n录音、时间线和通话记录在 {OUT.relative_to(TOP)}/：*.wav 左声道为客户听到的，右声道为客户发出的。")
    print("用软电话拨入：make run 之后，向 sip:95000@127.0.0.1:5060 发起呼叫，不需注册（G.711 A 律，RFC 2833 按键）。")
    print(demo_console.begin(kept))
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
    heard = line.listener().listen(left.call.heard)
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
