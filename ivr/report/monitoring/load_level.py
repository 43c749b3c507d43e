"""What new calls get while the machine cannot bear all, and what the operator is told of it."""

from __future__ import annotations

from enum import IntEnum


class LoadLevel(IntEnum):
    """What new calls get."""

    NORMAL = 0
    KEYS_ONLY = 1
    BUSY = 2


#: What the operator is told.
TOLD = {
    LoadLevel.KEYS_ONLY: "负载过高：新来电暂时只能按键，不听语音；已接通的来电不受影响",
    LoadLevel.BUSY: "负载过高：新来电暂时听到忙音提示；已接通的来电不受影响。请调低 max_calls 或增加节点",
}
