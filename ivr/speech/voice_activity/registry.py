"""The voice activity detections there are, and which of them serves."""

from __future__ import annotations

from pathlib import Path

from ivr.errors import ModelUnusable
from ivr.speech.voice_activity import vad_silero, vad_webrtc
from ivr.speech.voice_activity.vad import Chosen

#: Names in the settings, the one that `auto` takes first.
DETECTIONS = ("silero", "webrtc")


def named(name: str, models: Path) -> Chosen:
    """Load the detection that the setting `[speech] vad` names (auto, silero, webrtc); `auto` takes Silero where it can
    be used. `models` is the folder of `ivr models install`. Raises ModelUnusable where the named one cannot be used.
    """
    if name == "webrtc":
        return Chosen("webrtc", "设置 [speech] vad 指定 webrtc", vad_webrtc.load())
    if name not in ("auto", "silero"):
        raise ModelUnusable(f"未知的语音检测 {name!r}，可用：{'、'.join(('auto', *DETECTIONS))}")
    try:
        make = vad_silero.load(models)
    except ModelUnusable as wrong:
        if name == "silero":
            raise
        return Chosen("webrtc", f"Silero 不可用（{wrong}），改用 webrtc，嘈杂时误判较多", vad_webrtc.load())
    return Chosen("silero", "模型已安装" if name == "auto" else "设置 [speech] vad 指定 silero", make)
