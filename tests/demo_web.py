"""`make demo-web`: a hotline with the demo's bank and a console over it, until Ctrl+C: one page, one click, and one
talks to the hotline from the browser. Everything is in a folder that is removed afterwards."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.console.context import now_ms
from ivr.console.security.sessions import make_link
from ivr.errors import HotlineError
from ivr.serve.asterisk.browser_telephones import addresses
from ivr.settings import load
from tests import demo_console
from tests.browser.rig.console import RunningConsole, console
from tests.rig.demo_bank import demo_bank
from tests.rig.errors import RigError
from tests.rig.hotline import hotline


@contextmanager
def demo() -> Iterator[tuple[RunningConsole, str]]:
    """The running console, and the path of the page behind a sign-in that works once. Raises RigError."""
    with (
        tempfile.TemporaryDirectory(prefix="ivr-bank-") as folder,
        demo_bank(Path(folder)) as bank,
        hotline(SPEECH_ENGINE="auto", BANK_URL=bank.url, BANK_PUBLIC_KEY=str(bank.public_key)) as line,
        console(environ=line.environ) as pages,
    ):
        now = now_ms()
        demo_console.register(pages.store, now)
        yield pages, f"/sign-in/once/{make_link(pages.store, demo_console.PERSON, None, now)}?next=/try"


def main() -> int:
    """Serve until Ctrl+C; 0, or 1 where it does not come up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print("热线启动中：合成提示语、启动 Asterisk、启动应用和控制台", flush=True)
    try:
        if not addresses(load()):
            print("这台机器没有浏览器能用的语音地址：运行 .venv/bin/ivr doctor 看怎么办", file=sys.stderr)
            return 1
        with demo() as (pages, path):
            print(f"在这台机器的浏览器里打开，点“登录”，再点“拨打”，允许麦克风：\n  {pages.url}{path}")
            print("链接只能用一次，15 分钟内有效。按 Ctrl+C 停止。", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("已停止")
    except (RigError, HotlineError) as wrong:
        print(f"没有启动成功：{wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
