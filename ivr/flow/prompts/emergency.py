"""What callers hear while an emergency is in force, beside its announcements."""

from __future__ import annotations

from collections.abc import Mapping

#: To who asks for agents that are not kept; to who is called back instead.
NOT_KEPT, CALLED_BACK = "emergency_agents", "emergency_callback"

#: What each is for, in Chinese.
NEEDED: Mapping[str, str] = {
    NOT_KEPT: "应急期间没有保留的人工服务：告知客户，回到菜单",
    CALLED_BACK: "应急期间没有保留的人工服务：告知客户改为回电",
}
