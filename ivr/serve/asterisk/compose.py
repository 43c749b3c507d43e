"""What docker-compose.yml and the systemd unit of Asterisk must know of this node, as an environment file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ivr.errors import NodeError
from ivr.serve.asterisk.configuration import TEMPLATES
from ivr.serve.asterisk.files import write_private
from ivr.settings import Settings

_IMAGE = "bank-hotline-asterisk"
_NO_FOLDERS = ("HOTLINE_IMAGE", "HOTLINE_USER")


def write(settings: Settings, dockerfile: Path = TEMPLATES.parent / "Dockerfile") -> Path:
    """Write `<state>/compose.env`; its path. The image is named as asterisk.sh names it: after its recipe."""
    recipe = hashlib.sha256(dockerfile.read_bytes()).hexdigest()[:12]
    values = {
        "HOTLINE_IMAGE": f"{_IMAGE}:{recipe}",
        "HOTLINE_USER": f"{os.getuid()}:{os.getgid()}",
        "HOTLINE_ASTERISK": str(settings.asterisk.resolve()),
        "HOTLINE_PROMPTS": str(settings.prompts.resolve()),
        "HOTLINE_FLOWS": str(settings.flows.resolve()),
        "HOTLINE_STATE": str(settings.state.resolve()),
        "HOTLINE_TOP": str(TEMPLATES.parents[1].resolve()),
    }
    for name, value in values.items():
        # neither systemd, nor compose, nor `-v A:B` take these apart again
        if any(c in value for c in " \t\r\n\"'$\\#") or (name not in _NO_FOLDERS and ":" in value):
            raise NodeError(f"路径 {value!r} 里不能有空格、引号、冒号、$、# 或反斜杠：容器挂载不了")
    file = settings.state / "compose.env"
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        write_private(file, text)
    return file
