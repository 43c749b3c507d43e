"""Every indicator, in the order of a report. A new one is a new file in this room and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.metrics.indicators import (
    business,
    complaints,
    elderly,
    human,
    imported,
    phone,
    recognition,
    smart,
    surveys,
    text,
)
from ivr.metrics.indicators.indicator import Indicator, Part

_ALL: tuple[Indicator, ...] = (
    human.agent_answer_rate,
    human.refused_handoffs,
    human.service_level_20s,
    human.service_level_20s_from_queue,
    human.elderly_service_level_20s,
    elderly.elderly_share,
    elderly.elderly_agent_answer_rate,
    elderly.elderly_asa,
    elderly.elderly_resolved_share,
    elderly.elderly_csat,
    human.avg_talk_time,
    human.agent_utilisation,
    human.calls_per_fte_day,
    human.asa,
    human.avg_acw,
    human.callbacks_reached,
    human.supervised_calls,
    surveys.agent_csat,
    surveys.agent_csat_response_rate,
    human.fcr_day,
    human.fcr_day_all_calls,
    complaints.complaint_on_time,
    complaints.complaint_csat,
    human.quality_score,
    smart.voice_diversion,
    smart.voice_diversion_strict,
    smart.voice_diversion_excl_elderly,
    smart.voice_diversion_resolved_share,
    smart.voice_diversion_early_hangup_share,
    text.text_diversion,
    text.text_diversion_strict,
    smart.smart_diversion,
    text.text_recognition,
    recognition.voice_recognition,
    text.text_resolution,
    text.text_resolution_of_rated,
    recognition.asr_accuracy,
    recognition.asr_accuracy_hyp_denominator,
    recognition.intent_accuracy,
    recognition.interaction_accuracy,
    surveys.bot_csat,
    surveys.bot_csat_response_rate,
    imported.staff_satisfaction,
    imported.staff_turnover,
    phone.ivr_connect_rate,
    phone.first_prompt_10s,
    phone.agent_connect_rate,
    phone.overall_response_rate,
    phone.abandon_rate,
    phone.queue_abandon_rate,
    phone.elderly_abandon_rate,
    phone.one_time_success,
    phone.one_time_success_of_connected,
    surveys.phone_csat,
    human.agent_announced,
    phone.unannounced_hangups,
    human.holds_over_30s,
    complaints.complaint_rate,
    complaints.reply_on_time,
    complaints.handled_on_time,
    complaints.complaint_csat_hb,
    smart.personal_turns_silent,
    business.identity_proved,
    business.transactions,
    business.transactions_identified,
    business.transaction_calls_recorded,
    business.flagged_calls,
    phone.rebuilt_share,
    phone.drill_calls,
    phone.clock_faults,
)

#: id → indicator, in the order of a report.
INDICATORS: Mapping[str, Indicator] = {one.id: one for one in _ALL}


def told_of(part: Part) -> dict[str, Indicator]:
    """The indicators that a part of a day has a figure of: all of the whole day."""
    return {id_: one for id_, one in INDICATORS.items() if part == "day" or part in one.told_of}
