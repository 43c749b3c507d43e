"""What leaves, menus, queues and intents of a record are called now; one that is no longer served keeps its id."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ivr.console.page import Visit
from ivr.errors import FlowError
from ivr.records.model import Call
from ivr.report.time_line import names_of

log = logging.getLogger(__name__)

#: Leaves that no flow writes; and the question how content somebody is, which is no business of his.
SURVEY = "survey"
UNWRITTEN = {"leaf:(callback)": "预约回电", "leaf:(message)": "留言"}


def served_names(visit: Visit) -> Mapping[str, str]:
    """`leaf:ID`, `menu:ID`, `queue:ID` and `intent:ID` → the name; those of no flow alone where none can be read. In a
    thread. Raises StoreError."""
    try:
        flow = visit.console.served.now()
    except FlowError as wrong:
        log.warning("calls are listed by ids: %s", type(wrong).__name__)
        return UNWRITTEN
    intents = {f"intent:{one.id}": one.label or one.question for one in flow.knowledge.values()}
    return {**UNWRITTEN, **names_of(flow), **intents}


def leaves_words(call: Call, names: Mapping[str, str]) -> str:
    """What the caller was served with, as `names` call it; "" where with nothing."""
    return "、".join(names.get(f"leaf:{leaf}", leaf) for leaf in call.completed_leaf if leaf != SURVEY)
