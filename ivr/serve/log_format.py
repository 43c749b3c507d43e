"""How a line of the log looks, in every process of the application: the operator's time, whatever the machine's."""

from __future__ import annotations

import logging
import sys
import time

from ivr.records import days


def log_handler() -> logging.Handler:
    """To standard error, in the operator's time."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    form.converter = local_time  # of this formatter: a function of the class would be handed the formatter as well
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    return handler


def local_time(seconds: float | None = None) -> time.struct_time:
    """The operator's time (`ivr.records.days`) of a moment in epoch seconds, now where none is given."""
    at = time.time() if seconds is None else seconds
    return days.moment(round(at * 1000)).timetuple()
