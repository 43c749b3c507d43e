"""A day at a small bank: who is on duty, who calls when, what each call must come to, and what a report must say of it.

What is expected is written beside each script and counted here by hand; nothing of `ivr.metrics` is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.rig.agents import Manner

#: So many calls the hotline takes at once, and so many new ones within a second.
MOST, A_SECOND = 18, 8
#: Agents are left alone so long after each call.
WRAPUP_MS = 1000


# ---- who is on duty

#: 2010 and 2011 keep the caller waiting for 3 s and for 31 s, 2012 passes everybody on to 2013, who is in no queue that
#: callers come to. Who has no `talks` stays until the caller hangs up.
ON_DUTY: Mapping[str, Manner] = {
    **{agent: Manner(rings_ms=2500, talks_ms=8000) for agent in ("2001", "2002", "2003", "2004")},
    **{agent: Manner(rings_ms=15_400) for agent in ("2005", "2006", "2007", "2008", "2009")},
    "2010": Manner(rings_ms=500, holds=(4000, 3000)),
    "2011": Manner(rings_ms=500, holds=(4000, 31_000)),
    "2012": Manner(rings_ms=500, passes_on=(4000, "2013")),
    "2013": Manner(rings_ms=500),
}
ELDERLY_LINE: Mapping[str, Manner] = {agent: Manner(rings_ms=6000) for agent in ("2014", "2015", "2016")}
_QUEUES = {
    **dict.fromkeys(("2001", "2002", "2003", "2004"), "general"),
    **dict.fromkeys(("2005", "2006", "2007", "2008", "2009"), "cards"),
    **{"2010": "loans", "2011": "urgent", "2012": "complaints", "2013": "reserve"},
    **dict.fromkeys(ELDERLY_LINE, "elderly"),
    "2020": "vacant",  # never comes
}
_QUEUE = {"hours": "service", "wait": "60s", "ring": "25s", "wrapup": "1s", "announce": "30s", "max_callers": 50,
          "strategy": "leastrecent", "record": True, "priority": 0}  # fmt: skip
_NAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午"
OPEN: Mapping[str, object] = {
    "agents.yaml": {
        "queues": {
            **{
                queue: {"wrapup": "1s", "ring": "25s"}
                for queue in ("general", "cards", "loans", "complaints", "elderly")
            },
            "urgent": {"wrapup": "1s"},
            "reserve": {"label": "同事", **_QUEUE},
            "vacant": {"label": "无人", **_QUEUE},
        },
        "agents": {
            **dict.fromkeys(("1001", "1002", "1003", "1004", "1005", "1006")),
            **{
                agent: {"name": name * 2, "queues": {queue: 0}}
                for name, (agent, queue) in zip(_NAMES, _QUEUES.items(), strict=True)
            },
        },
    },
    "hotline.yaml": {"leaves": {"wealth_holdings": {"queue": "vacant"}}},
}
CLOSED: Mapping[str, object] = {
    **OPEN,
    "hours.yaml": {"calendars": {"service": {"weekly": {"mon-fri": [], "sat-sun": []}}}},
}


# ---- what a call must come to


@dataclass(frozen=True, slots=True)
class Truth:
    """What the record of a call must say, in a tester's words. `waited` is about how many seconds the caller waited for
    the agent, from the request, and `queued` from the queue; `gave_up` after how many seconds they hung up waiting."""

    answered: bool = True
    prompt: bool = True
    elderly: bool = False
    asked: bool = False
    refused: bool = False
    waited: int | None = None
    queued: int | None = None
    gave_up: int | None = None
    legs: int = 0
    held: tuple[int, ...] = ()
    passed_on: bool = False
    leaf: bool = False
    early: bool = False
    ended_by: Literal["caller", "agent", "system"] = "caller"
    told: bool = True
    spoke: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """What the caller does (`tests/rig/steps.py`), and what must come of it; None: no call at all."""

    steps: str
    truth: Truth | None


def _talked(waited: int, queued: int, **more: object) -> Truth:
    return Truth(asked=True, waited=waited, queued=queued, **{"legs": 1, **more})  # type: ignore[arg-type]


_WORD, _HOURS = "say fixtures/clean/agent-1.wav", "say fixtures/clean/branch_hours-1.wav"
SCRIPTS: Mapping[str, Script] = {
    # answered after about 5 s: 2.3 s of announcement, 2.5 s of ringing
    "agent": Script("wait 1s, press 0, wait for bye 60s", _talked(5, 3, ended_by="agent")),
    "agent, leaves": Script("wait 1s, press 0, wait 10s, hang up", _talked(5, 3)),
    # answered after about 21 s: 3.5 s of explanation, 2.3 s of announcement, 15.4 s of ringing
    "waits 21 s": Script("wait 1s, press 21, wait 28s, hang up", _talked(21, 15)),
    "kept 3 s": Script("wait 1s, press 33, wait 26s, hang up", _talked(12, 1, held=(3,))),
    "kept 31 s": Script("wait 1s, press 41, wait 50s, hang up", _talked(9, 1, held=(31,))),
    "passed on": Script("wait 1s, press 52, wait 24s, hang up", _talked(10, 1, legs=2, passed_on=True)),
    "elderly": Script("wait 1s, press 9, wait 15s, hang up", _talked(9, 6, elderly=True)),
    "elderly, listed": Script("wait 23s, hang up", _talked(15, 6, elderly=True)),
    "elderly, gone after 4 s": Script("wait 1s, press 9, wait 4s, hang up", Truth(elderly=True, asked=True, gave_up=4)),
    "elderly, gone after 6 s": Script("wait 1s, press 9, wait 6s, hang up", Truth(elderly=True, asked=True, gave_up=6)),
    "gone after 4 s": Script("wait 1s, press 33, wait 4s, hang up", Truth(asked=True, gave_up=4)),
    "gone after 6 s": Script("wait 1s, press 33, wait 6s, hang up", Truth(asked=True, gave_up=6)),
    "gone after 12 s": Script("wait 1s, press 21, wait 12s, hang up", Truth(asked=True, gave_up=12)),
    "nobody there": Script(
        "wait 1s, press 142, hear by_agent transferring queue_empty, wait 2s, press 3, wait for bye 20s",
        Truth(asked=True, ended_by="system"),
    ),
    "listens": Script("wait 1s, press 53, hear branch_hours_info, wait 3s, hang up", Truth(leaf=True)),
    "browses": Script("wait 8s, hang up", Truth()),
    "gone at once": Script("wait 2s, hang up", Truth(early=True)),
    "one key": Script("wait 1s, press 2, wait 1500ms, hang up", Truth()),
    "says agent": Script(f"wait 3s, {_WORD}, wait for bye 60s", _talked(5, 3, ended_by="agent", spoke=1)),
    "says hours": Script(f"wait 3s, {_HOURS}, wait 19s, hang up", Truth(leaf=True, spoke=1)),
    "unknown number": Script("refused 404", None),
    # at night
    "night, listens": Script("wait 1s, press 33, hear branch_hours_info, wait 13s, hang up", Truth(leaf=True)),
    "night, asks": Script("wait 1s, press 0, wait 26s, hang up", Truth(refused=True)),
    "night, elderly": Script("wait 1s, press 9, wait 26s, hang up", _talked(9, 6, elderly=True)),
    "one too many": Script("wait for bye 40s", Truth(prompt=False, ended_by="system")),
    # placed without SIPp, many in one second
    "rush, let in": Script("", Truth(early=True)),
    "rush, refused": Script("", Truth(answered=False, prompt=False, ended_by="system", told=False)),
}


# ---- who calls when


@dataclass(frozen=True, slots=True)
class Coming:
    """A call: so many seconds after the wave began, of which kind, by which customer (None withholds the number)."""

    at_s: float
    kind: str
    number: str | None


#: On the list of elderly callers.
LISTED = "13800000006"
_BACK = tuple(f"1380013{n:04d}" for n in range(9))


def _wave(begins: int, *plan: tuple[float, str] | tuple[float, str, str | None]) -> tuple[Coming, ...]:
    """Who is not named is somebody new."""
    return tuple(
        Coming(one[0], one[1], one[2] if len(one) == 3 else f"1390013{begins + at:04d}") for at, one in enumerate(plan)
    )


MORNING = _wave(
    100,
    (0.0, "kept 31 s"), (0.25, "kept 3 s"), (0.5, "passed on", _BACK[0]),
    (0.75, "waits 21 s", _BACK[1]), (1.0, "waits 21 s"), (1.25, "waits 21 s"),
    (1.5, "agent", _BACK[2]), (1.75, "agent", _BACK[3]), (2.0, "agent"),
    (2.25, "elderly", _BACK[4]), (2.5, "elderly"),
    (2.75, "gone after 4 s"), (3.0, "gone after 6 s", _BACK[5]), (3.25, "gone after 12 s"),
    (3.5, "gone at once"), (3.75, "listens", _BACK[6]),
    (11.0, "nobody there"), (13.0, "agent, leaves", _BACK[7]), (13.25, "agent, leaves"), (13.5, "agent, leaves"),
    (22.0, "elderly, gone after 6 s"), (22.25, "elderly, gone after 4 s"), (22.5, "elderly, listed", LISTED),
    (22.75, "browses"), (23.0, "one key"), (26.0, "agent"), (26.25, "agent", _BACK[8]), (28.0, "says agent"),
    (28.5, "says hours"), (30.0, "says hours"),
)  # fmt: skip
AFTERNOON = _wave(
    200,
    (0.0, "kept 3 s"), (0.25, "passed on"), (0.5, "waits 21 s"), (0.75, "waits 21 s", _BACK[2]),
    (1.0, "agent", _BACK[0]), (1.25, "agent", _BACK[1]), (1.5, "agent"),
    (1.75, "elderly", _BACK[4]), (2.0, "elderly"), (2.25, "gone after 6 s"), (2.5, "gone after 4 s", _BACK[7]),
    (2.75, "gone after 12 s"), (3.0, "listens", None), (3.25, "listens", _BACK[3]), (3.5, "agent, leaves", _BACK[5]),
    (12.0, "gone at once", _BACK[8]), (12.25, "nobody there"), (12.5, "elderly, gone after 6 s"),
    (14.0, "agent, leaves"), (14.25, "agent", _BACK[6]), (14.5, "agent"),
    (15.0, "unknown number"), (15.25, "unknown number"), (16.0, "says agent"), (19.0, "says hours"),
    (20.0, "says hours"),
)  # fmt: skip
#: As many as the hotline takes, so that the next is one too many.
NIGHT = _wave(
    300,
    *((at / 4, "night, listens") for at in range(9)),
    *((at / 4, "night, asks") for at in range(9, 15)),
    *((at / 4, "night, elderly") for at in range(15, MOST)),
)
ONE_TOO_MANY = _wave(400, *((at / 4, "one too many") for at in range(3)))


# ---- what a report must say


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made: whose, in which wave, and what must come of it."""

    wave: int
    number: str | None
    truth: Truth


def counted(calls: Sequence[Made]) -> Mapping[str, tuple[int, int]]:
    """Indicator → numerator and denominator, of those that are counts of calls."""
    truths = [call.truth for call in calls]
    asked = [one for one in truths if one.asked]
    talked = [one for one in truths if one.legs]
    voice = [one for one in truths if one.answered and one.prompt]
    answered = [one for one in truths if one.answered]
    elderly = [one for one in truths if one.elderly]
    system = [one for one in truths if one.ended_by == "system"]
    holds = [seconds for one in truths for seconds in one.held]
    late = sum(one.gave_up is not None and one.gave_up > 5 for one in asked)
    short = sum(one.gave_up is not None and one.gave_up <= 5 for one in asked)
    in_time = _in(20, [one.waited for one in asked])
    once, again = _customers(calls, asked_only=True), _customers(calls, asked_only=False)
    solved = sum(1 for call in calls if call.truth.legs and not call.truth.passed_on and not _came_back(call, calls))
    return {
        "cba.agent_answer_rate": (len(talked), len(asked)),
        "cba.refused_handoffs": (sum(one.refused for one in truths), 1),
        "cba.service_level_20s": (in_time, len(asked)),
        "cba.service_level_20s_from_queue": (_in(20, [one.queued for one in asked]), len(asked)),
        "cba.elderly_service_level_20s": (_in(20, [one.waited for one in elderly]), len(elderly)),
        "cba.fcr_day": once,
        "cba.fcr_day_all_calls": again,
        "cba.voice_diversion": (sum(not one.asked for one in voice), len(voice)),
        "cba.voice_diversion_strict": (sum(not one.asked and not one.refused for one in voice), len(voice)),
        "cba.voice_diversion_excl_elderly": (
            sum(not one.asked and not one.elderly for one in voice),
            sum(not one.elderly for one in voice),
        ),
        "cba.voice_diversion_resolved_share": (
            sum(one.leaf and not one.asked and not one.refused for one in voice),
            len(voice),
        ),
        "cba.voice_diversion_early_hangup_share": (sum(one.early for one in voice), len(voice)),
        "cba.smart_diversion": (sum(not one.asked for one in voice), len(voice)),
        "hb.ivr_connect_rate": (len(voice), len(truths)),
        "hb.first_prompt_10s": (len(voice), len(answered)),
        "hb.agent_connect_rate": (in_time, len(asked)),
        "hb.overall_response_rate": (len(talked), len(asked) - short),
        "hb.abandon_rate": (late, len(answered)),
        "hb.queue_abandon_rate": (late, len(asked)),
        "cba.elderly_abandon_rate": (
            sum(one.gave_up is not None and one.gave_up > 5 for one in elderly),
            len(elderly),
        ),
        "hb.one_time_success": (solved, len(truths)),
        "hb.one_time_success_of_connected": (solved, len(talked)),
        "hb.agent_announced": (len(talked), len(talked)),
        "hb.unannounced_hangups": (sum(not one.told for one in system), len(system)),
        "hb.holds_over_30s": (sum(seconds > 30 for seconds in holds), len(holds)),
        "ours.rebuilt_share": (0, len(truths)),
        "ours.drill_calls": (0, 1),
        "ours.clock_faults": (0, 1),
    }


def _in(seconds: int, waits: Sequence[int | None]) -> int:
    return sum(one is not None and one <= seconds for one in waits)


def _customers(calls: Sequence[Made], *, asked_only: bool) -> tuple[int, int]:
    """Who called once, of all who called; nobody knows who withholds the number."""
    times = Counter(call.number for call in calls if call.number and (call.truth.asked or not asked_only))
    return sum(number == 1 for number in times.values()), len(times)


def _came_back(call: Made, calls: Sequence[Made]) -> bool:
    """The whole day lasts less than an hour, so every later call is within the hour."""
    return any(call.number is not None and one.number == call.number and one.wave > call.wave for one in calls)
