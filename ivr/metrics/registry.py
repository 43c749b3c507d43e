"""Every indicator by id: its name, clause, formula and reading (from its function's docstring), its unit, its threshold
and the companions that always stand beside it. The order is the order of a report."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ivr.metrics import complaints, human, outside, phone, recognition, smart, surveys
from ivr.metrics.counted import Counted, Unit
from ivr.metrics.day import Day

Verdict = Literal["达标", "未达标", "无数据", "无阈值"]

_HEAD = re.compile(r"(?P<name>.+?)（(?P<clause>(?:CBA|HB|本系统)[^（）]*)）")


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a value must reach (or, `at_most`, not pass), and where that is written. The bound itself is good enough."""

    bound: Fraction
    clause: str
    at_most: bool = False

    def met(self, value: Fraction) -> bool:
        """The exact value keeps the threshold."""
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `compute` gives one local day's counted value; several days are added."""

    id: str
    name: str
    clause: str
    formula: str
    reading: str
    unit: Unit
    threshold: Threshold | None
    companions: tuple[str, ...]
    compute: Callable[[Day], Counted]

    def verdict(self, figure: Counted) -> Verdict:
        """达标, 未达标, 无数据 or 无阈值, by the exact value."""
        if figure.exact is None:
            return "无数据"
        if self.threshold is None:
            return "无阈值"
        return "达标" if self.threshold.met(figure.exact) else "未达标"


def _indicator(
    id_: str,
    compute: Callable[[Day], Counted],
    unit: Unit = "ratio",
    *,
    threshold: Threshold | None = None,
    companions: tuple[str, ...] = (),
) -> Indicator:
    head, _, rest = (inspect.getdoc(compute) or "").partition("\n\n公式：")
    formula, _, reading = rest.partition("\n读法：")
    found = _HEAD.fullmatch(head)
    name, clause = (found["name"], found["clause"]) if found else (id_, "")
    texts = (formula.replace("\n", ""), reading.replace("\n", ""))
    return Indicator(id_, name, clause, *texts, unit, threshold, companions, compute)


def _least(percent: str, clause: str) -> Threshold:
    return Threshold(Fraction(percent) / 100, clause)


_DIVERSION = tuple(
    f"cba.voice_diversion_{name}" for name in ("strict", "excl_elderly", "resolved_share", "early_hangup_share")
)

_ALL = (
    _indicator("cba.agent_answer_rate", human.agent_answer_rate, companions=("cba.refused_handoffs",)),
    _indicator("cba.refused_handoffs", human.refused_handoffs, "count"),
    _indicator(
        "cba.service_level_20s",
        human.service_level_20s,
        threshold=_least("85", "HB 7.5.2（CBA 未定数值）"),
        companions=("cba.service_level_20s_from_queue", "cba.elderly_service_level_20s"),
    ),
    _indicator("cba.service_level_20s_from_queue", human.service_level_20s_from_queue),
    _indicator("cba.elderly_service_level_20s", human.elderly_service_level_20s),
    _indicator("cba.avg_talk_time", human.avg_talk_time, "ms"),
    _indicator("cba.agent_utilisation", human.agent_utilisation),
    _indicator("cba.calls_per_fte_day", human.calls_per_fte_day, "count"),
    _indicator("cba.asa", human.asa, "ms"),
    _indicator("cba.avg_acw", human.avg_acw, "ms"),
    _indicator("cba.agent_csat", surveys.agent_csat, companions=("cba.agent_csat_response_rate",)),
    _indicator("cba.agent_csat_response_rate", surveys.agent_csat_response_rate),
    _indicator("cba.fcr_day", human.fcr_day, companions=("cba.fcr_day_all_calls",)),
    _indicator("cba.fcr_day_all_calls", human.fcr_day_all_calls),
    _indicator(
        "cba.complaint_on_time", complaints.complaint_on_time, threshold=_least("100", "CBA 五十一(三)、HB 10.2.2")
    ),
    _indicator("cba.complaint_csat", complaints.complaint_csat),
    _indicator("cba.quality_score", human.quality_score, "score"),
    _indicator("cba.voice_diversion", smart.voice_diversion, companions=_DIVERSION),
    _indicator("cba.voice_diversion_strict", smart.voice_diversion_strict),
    _indicator("cba.voice_diversion_excl_elderly", smart.voice_diversion_excl_elderly),
    _indicator("cba.voice_diversion_resolved_share", smart.voice_diversion_resolved_share),
    _indicator("cba.voice_diversion_early_hangup_share", smart.voice_diversion_early_hangup_share),
    _indicator("cba.text_diversion", outside.text_diversion),
    _indicator("cba.smart_diversion", smart.smart_diversion),
    _indicator("cba.text_recognition", outside.text_recognition, companions=("ours.voice_recognition",)),
    _indicator("ours.voice_recognition", recognition.voice_recognition),
    _indicator("cba.text_resolution", outside.text_resolution),
    _indicator("cba.asr_accuracy", recognition.asr_accuracy, companions=("cba.asr_accuracy_hyp_denominator",)),
    _indicator("cba.asr_accuracy_hyp_denominator", recognition.asr_accuracy_hyp_denominator),
    _indicator("cba.intent_accuracy", recognition.intent_accuracy),
    _indicator("cba.interaction_accuracy", recognition.interaction_accuracy),
    _indicator("cba.bot_csat", surveys.bot_csat),
    _indicator("cba.staff_satisfaction", outside.staff_satisfaction),
    _indicator("cba.staff_turnover", outside.staff_turnover),
    _indicator("hb.ivr_connect_rate", phone.ivr_connect_rate, threshold=_least("95", "HB 7.5.1")),
    _indicator("hb.first_prompt_10s", phone.first_prompt_10s, threshold=_least("99.9", "HB 7.4.1")),
    _indicator("hb.agent_connect_rate", phone.agent_connect_rate, threshold=_least("85", "HB 7.5.2")),
    _indicator("hb.overall_response_rate", phone.overall_response_rate, threshold=_least("90", "HB 7.5.2")),
    _indicator("hb.abandon_rate", phone.abandon_rate, companions=("hb.queue_abandon_rate", "cba.elderly_abandon_rate")),
    _indicator("hb.queue_abandon_rate", phone.queue_abandon_rate),
    _indicator("cba.elderly_abandon_rate", phone.elderly_abandon_rate),
    _indicator("hb.one_time_success", phone.one_time_success, companions=("hb.one_time_success_of_connected",)),
    _indicator("hb.one_time_success_of_connected", phone.one_time_success_of_connected),
    _indicator("hb.phone_csat", surveys.phone_csat),
    _indicator("hb.agent_announced", human.agent_announced, threshold=_least("100", "HB 7.1.3")),
    _indicator(
        "hb.unannounced_hangups", phone.unannounced_hangups, threshold=Threshold(Fraction(0), "HB 7.2.2", at_most=True)
    ),
    _indicator("hb.holds_over_30s", human.holds_over_30s),
    _indicator("hb.complaint_rate", complaints.complaint_rate, "per_10000"),
    _indicator("hb.reply_on_time", complaints.reply_on_time, threshold=_least("100", "HB 10.2.1")),
    _indicator("hb.handled_on_time", complaints.handled_on_time),
    _indicator("hb.complaint_csat", complaints.complaint_csat),
    _indicator("ours.rebuilt_share", phone.rebuilt_share),
    _indicator("ours.drill_calls", phone.drill_calls, "count"),
)

#: id → indicator, in the order of a report.
INDICATORS: Mapping[str, Indicator] = {one.id: one for one in _ALL}
