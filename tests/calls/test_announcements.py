"""A maintenance notice is heard from its time on and pressed through; what is over is silent (HB 4.5.9, 4.5.7)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.calls.crowd import Caller, changes, complain, cut, heard, ms, place_all
from tests.rig.hotline import Hotline, until
from tests.rig.scenario import Expect, Scenario

pytestmark = pytest.mark.calls

#: Between the edit and the time of the notice: long enough for a call that comes before it.
SOON = 15
TEXTS: dict[str, object] = {
    "mobile_notice": {"kind": "notice", "text": "手机银行将于明天零点至六点升级，届时暂停服务。"},
    "over_notice": {"kind": "notice", "text": "网上银行今天暂停服务。"},
}


def announced(soon: datetime) -> Scenario:
    """The shipped flow with a notice from `soon` on, and one that is over."""

    def at(moment: datetime) -> str:
        return f"{moment:%Y-%m-%d %H:%M:%S}"

    hour = timedelta(hours=1)
    mobile = {
        "kind": "maintenance", "systems": ["mobile"], "prompt": "mobile_notice",
        "publish_at": at(soon), "starts_at": at(soon + 25 * hour), "ends_at": at(soon + 31 * hour),
    }  # fmt: skip
    over = {
        "kind": "maintenance", "systems": ["net"], "prompt": "over_notice",
        "publish_at": at(soon - 48 * hour), "starts_at": at(soon - 20 * hour), "ends_at": at(soon - hour),
    }  # fmt: skip
    announcements = {"announcements": {"over": over, "mobile": mobile}}
    return changes({"announcements.yaml": announcements, "prompts.yaml": {"prompts": TEXTS}})


def test_a_maintenance_notice_is_heard_from_its_time_on(line: Hotline, folder: Path) -> None:
    soon = datetime.now(ZoneInfo("Asia/Shanghai")).replace(microsecond=0) + timedelta(seconds=SOON)
    line.serve_flows(announced(soon))
    early = Caller(
        "early",
        ["dial", "hear greeting elderly_key", "wait 1s", "press 5", "wait 1s", "hang up"],
        Expect(heard=heard("greeting", "elderly_key", cut("main_menu"), cut("service_menu"))),
    )
    found = place_all(line, folder / "before", [early])
    moment = round(soon.timestamp() * 1000)
    assert ms(found["early"].record, "t_offered") < moment, "the call came too late to be one before the notice"
    until("the time of the notice", lambda: time.time() * 1000 >= moment or None, SOON + 5)
    later = Caller(
        "later",
        ["dial", "hear greeting elderly_key mobile_notice", "wait 1500ms", "press 5", "wait 1s", "hang up"],
        Expect(
            heard=heard("greeting", "elderly_key", "mobile_notice", cut("main_menu"), cut("service_menu")),
            record={"announcements_heard.count": 1, "announcements_heard.0.announcement": "mobile",
                    "announcements_heard.0.place": "menu", "announcements_heard.0.whole": True},
            silence_ms=2000,
        ),
    )  # fmt: skip
    keen = Caller(
        "keen",
        ["dial", "hear greeting elderly_key", "wait 1s", "press 5", "wait 1s", "hang up"],
        Expect(
            heard=heard("greeting", "elderly_key", cut("mobile_notice"), cut("service_menu", 500)),
            record={"announcements_heard.count": 1, "announcements_heard.0.whole": False,
                    "menu_visits.0.outcome": "choice", "menu_visits.0.key": "5"},
        ),
    )  # fmt: skip
    found |= place_all(line, folder / "after", [later, keen])
    wrong = complain([early, later, keen], found, {})
    assert not wrong, wrong
    assert found["early"].record is not None and "announcements_heard" not in found["early"].record
