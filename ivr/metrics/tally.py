"""The figures of a day from counts made in the database instead of from the calls themselves. Which count stands for
what is written here once; that both ways give the same figures is tested on drawn days for every indicator."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ivr.metrics import rules
from ivr.metrics.counted import Counted, count, mean_ms, named, ratio
from ivr.metrics.day import Config, Day, days_of
from ivr.metrics.parts import NOT_OF_PARTS, Part, part_of
from ivr.metrics.registry import INDICATORS
from ivr.records.daycount import FOREVER, DayCount, Measures

#: Indicators that are computed call by call all the same, from the few records that concern them: an alignment of texts
#: is nothing for a database, and complaints and scores are few.
BY_RECORD = frozenset({
    "cba.asr_accuracy", "cba.asr_accuracy_hyp_denominator", "cba.intent_accuracy", "cba.interaction_accuracy",
    "ours.voice_recognition", "cba.complaint_on_time", "cba.complaint_csat", "hb.complaint_csat", "hb.complaint_rate",
    "hb.reply_on_time", "hb.handled_on_time", "cba.quality_score", "cba.text_diversion", "cba.text_recognition",
    "cba.text_resolution", "cba.staff_satisfaction", "cba.staff_turnover",
})  # fmt: skip

_STATES = ("ready", "ring", "talk", "acw")


def roll_ups(counted: DayCount, config: Config) -> dict[tuple[Part, str], dict[str, Counted]]:
    """Every indicator of the day, and of each of its hours and queues those that can be told of them."""
    rest = days_of([*counted.annotated, *counted.complaints], counted.day, counted.day, config)[0]
    rest = replace(rest, scores=counted.scores)
    done: dict[tuple[Part, str], dict[str, Counted]] = {}
    parts: tuple[Part, ...] = ("day", "hour", "queue")
    for part in parts:
        days = part_of(rest, part)
        for name, measures in counted.measures[part].items():
            figures = _of_calls(measures, config) if part == "day" else _of_any_calls(measures)
            day = days.get(name, Day(rest.day, config))
            for id_ in BY_RECORD - NOT_OF_PARTS[part]:
                figures[id_] = INDICATORS[id_].compute(day)
            done[part, name] = {id_: figures[id_] for id_ in INDICATORS if id_ not in NOT_OF_PARTS[part]}
    return done


def staffed(figure: Counted, config: Config) -> Counted:
    """日人均话务处理量 with the denominator of the configured standard day: roll-ups keep the time signed in."""
    signed_in = dict(figure.parts)["signed_in_ms"]
    hours = Fraction(config.standard_day_hours) * rules.HOUR_MS
    return replace(figure, denominator=Fraction(signed_in) / hours)


def _of_calls(m: Measures, config: Config) -> dict[str, Counted]:
    spent = {name: m[f"state_{name}_ms"] for name in _STATES}
    signed_in = sum(spent.values()) + m["state_pause_ms"]
    return _of_any_calls(m) | {
        "cba.fcr_day": replace(ratio(m["once"], m["customers"]), excluded=named(withheld=m["withheld"])),
        "cba.fcr_day_all_calls": replace(
            ratio(m["once_all"], m["customers_all"]), excluded=named(withheld=m["withheld_all"])
        ),
        "cba.agent_utilisation": ratio(
            sum(spent.values()), signed_in, **{f"{name}_ms": ms for name, ms in spent.items()}
        ),
        "cba.calls_per_fte_day": staffed(Counted(m["conn"], 0, "count", parts=named(signed_in_ms=signed_in)), config),
        "ours.drill_calls": count(m["drills"]),
    }


def _of_any_calls(m: Measures) -> dict[str, Counted]:
    """The figures that are made of calls alone."""
    return _of_requests(m) | _of_conversations(m) | _of_the_voice(m) | _of_surveys(m)


def _of_requests(m: Measures) -> dict[str, Counted]:
    level = ratio(m["within"], m["req"], waited_longer=m["late"])
    return {
        "cba.agent_answer_rate": ratio(m["conn"], m["req"]),
        "cba.refused_handoffs": count(m["refused"]),
        "cba.service_level_20s": level,
        "cba.service_level_20s_from_queue": ratio(m["within_queued"], m["req"]),
        "cba.elderly_service_level_20s": ratio(m["elderly_within"], m["elderly_req"]),
        "hb.agent_connect_rate": level,
        "hb.overall_response_rate": replace(ratio(m["conn"], m["req"] - m["short"]), excluded=named(short=m["short"])),
        "hb.abandon_rate": ratio(m["gone"], m["ans"]),
        "hb.queue_abandon_rate": ratio(m["gone"], m["req"]),
        "cba.elderly_abandon_rate": ratio(m["elderly_gone"], m["elderly_ans"]),
    }


def _of_conversations(m: Measures) -> dict[str, Counted]:
    timed = mean_ms(m["speed_ms"], m["timed"], queue_ms=m["speed_ms"] - m["ring_ms"], ring_ms=m["ring_ms"])
    done = {
        "cba.avg_talk_time": mean_ms(m["talk_ms"], m["conn"], legs=m["legs"]),
        "cba.asa": replace(timed, excluded=named(untimed=m["conn"] - m["timed"])),
        "cba.avg_acw": mean_ms(m["acw_ms"], m["conn"]),
        "hb.agent_announced": ratio(m["told"], m["answers"]),
        "hb.holds_over_30s": ratio(m["overlong"], m["holds"], unexplained=m["unexplained"]),
    }
    for id_, decided, of in (
        ("hb.one_time_success", m["decided"], m["off"]),
        ("hb.one_time_success_of_connected", m["conn_decided"], m["conn"]),
    ):
        figure = ratio(m["success"], decided, unidentified=m["unidentified"])
        done[id_] = replace(figure, provisional=of - decided, excluded=named(provisional=of - decided))
    return done


def _of_the_voice(m: Measures) -> dict[str, Counted]:
    return {
        "cba.voice_diversion": ratio(m["kept"], m["phone"]),
        "cba.voice_diversion_strict": ratio(m["kept_strict"], m["phone"]),
        "cba.voice_diversion_excl_elderly": ratio(m["kept_plain"], m["plain"]),
        "cba.voice_diversion_resolved_share": ratio(m["resolved"], m["phone"]),
        "cba.voice_diversion_early_hangup_share": ratio(m["early"], m["phone"]),
        "cba.smart_diversion": ratio(m["voice_kept"], m["voice"]),
        "hb.ivr_connect_rate": ratio(m["heard"], m["off"]),
        "hb.first_prompt_10s": ratio(m["prompt"], m["ans"]),
        "hb.unannounced_hangups": ratio(m["silent"], m["cut"], never_answered=m["silent_unanswered"]),
        "ours.rebuilt_share": ratio(m["rebuilt"], m["off"]),
    }


def _of_surveys(m: Measures) -> dict[str, Counted]:
    def satisfied(*subjects: str) -> Counted:
        rated, content, lost = (sum(m[f"{one}_{what}"] for one in subjects) for what in ("rated", "content", "lost"))
        return replace(ratio(content, rated), excluded=named(without_score=lost))

    return {
        "cba.agent_csat": satisfied("agent"),
        "cba.agent_csat_response_rate": ratio(m["replied"], m["invited"]),
        "cba.bot_csat": satisfied("bot"),
        "hb.phone_csat": satisfied("agent", "bot", "complaint"),
    }


def undecided_from(counted: DayCount, as_of: int) -> int | None:
    """When something of the day that is provisional at `as_of` can be decided; None where everything is."""
    times = [] if counted.first_open is None else [counted.first_open + rules.REPEAT_MS]
    for one in counted.complaints:
        for limit in (one.ack_due, rules.effective_due(one)):
            if limit >= as_of and rules.local_day(limit) == counted.day:
                times.append(limit + 1)
    return min((min(t, FOREVER) for t in times), default=None)
