"""The time line of a capture: `python -m tests.rig.look call.pcap --prompts prompts --music FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.rig import picture, stereo
from tests.rig.calls import calls
from tests.rig.errors import RigError
from tests.rig.heard import SpeechListener
from tests.rig.sound import clips, read_wav
from tests.rig.timeline import as_text, entries


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every call of a capture; exit code 1 if it cannot be read or holds no call."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig.look", description="打印抓包文件中每个通话的时间线")
    parser.add_argument("pcap", type=Path, help="抓包文件")
    parser.add_argument("--prompts", type=Path, default=Path("prompts"), help="提示音文件夹（默认 prompts）")
    parser.add_argument("--language", default="zh", help="提示音语言（默认 zh）")
    parser.add_argument("--music", type=Path, help="等待音乐文件夹")
    parser.add_argument("--svg", type=Path, help="把第一个通话画成图")
    parser.add_argument("--wav", type=Path, help="把第一个通话写成立体声（左：听到的，右：说的）")
    chosen = parser.parse_args(arguments)
    try:
        _show(chosen)
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _show(chosen: argparse.Namespace) -> None:
    found = calls(chosen.pcap)
    if not found:
        raise RigError(f"{chosen.pcap}: 没有通话")
    tunes = sorted(chosen.music.glob("*.wav")) if chosen.music else []
    listener = SpeechListener(
        clips(chosen.prompts, language=chosen.language), {path.stem: read_wav(path) for path in tunes}
    )
    for number, call in enumerate(found):
        line = entries(call, listener.listen(call.heard))
        print(as_text(line))
        if number == 0 and chosen.svg:
            chosen.svg.write_text(picture.as_svg(line, chosen.pcap.stem), encoding="utf-8")
        if number == 0 and chosen.wav:
            stereo.write(call, chosen.wav)


if __name__ == "__main__":
    sys.exit(main())
