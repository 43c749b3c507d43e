"""An Asterisk as the hotline configures it, with nothing behind it: a test brings its own application."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ivr.flow.loader import require
from ivr.serve.asterisk import configuration
from ivr.settings import load
from tests.rig.addresses import own_address
from tests.rig.hotline import TOP, Hotline, lay_flows


@contextlib.contextmanager
def bare(**settings: str) -> Iterator[Hotline]:
    """Asterisk from start to end, on an address of its own; AGI is expected at that address and port 4573. `settings`
    are IVR_* variables without the prefix."""
    state = Path(tempfile.mkdtemp(prefix="ivr-", dir="/tmp"))
    with own_address() as address:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IVR_")},
            "IVR_FLOWS": str(state / "flows"),
            "IVR_PROMPTS": str(TOP / "prompts"),
            "IVR_STATE": str(state),
            "IVR_SIP_ADDRESS": address,
            "IVR_SIP_QUALIFY_SECONDS": "0",
            "IVR_AMI_HOST": address,
            "IVR_AGI_HOST": address,
            "IVR_NODE": f"t{address.rpartition('.')[2]}",
            **{f"IVR_{name}": value for name, value in settings.items()},
        }
        one = Hotline(address, state, state / "flows", environ)
        try:
            lay_flows(one.flows)
            configuration.render(load(environ=environ), require(one.flows))
            one.script("up", one.name, str(state / "asterisk"), environ["IVR_PROMPTS"])
            yield one
        finally:
            one.script("down", one.name, str(state / "asterisk"))
            shutil.rmtree(state, ignore_errors=True)
