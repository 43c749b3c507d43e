"""A flow with a policy on complaints for the tests: Monday to Friday works, a holiday and a shifted working day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ivr.flow.complaint_policy import ComplaintKind, ComplaintPolicy, Condition, Contact, Department, Grade, Right, Term
from ivr.flow.model import Calendar, Flow
from ivr.flow.waiting import Callbacks
from tests.flows_for_tests import flow

_DAY = ((9 * 60, 17 * 60),)
#: China's National Day of 2026 with its working Sunday and Saturday.
OFFICE = Calendar(
    "office",
    (_DAY, _DAY, _DAY, _DAY, _DAY, (), ()),
    {**{date(2026, 10, day): () for day in range(1, 8)}, date(2026, 9, 20): _DAY, date(2026, 10, 10): _DAY},
    {},
)
GRAVE = Grade(
    "grave",
    "重大",
    "先致歉，立即报告负责人。",
    "消费者权益保护部",
    (Condition(amount=50_000), Condition(words=("起诉", "媒体")), Condition(repeated=3)),
    acknowledge=Term(1, working=True),
    decide=Term(7),
)
USUAL = Grade("usual", "一般", "先致歉，说明期限。", "投诉处理岗")
POLICY = ComplaintPolicy(
    calendar="office",
    handler=Contact("投诉处理岗", "010-88886666"),
    next_level=Contact("消费者权益保护部", "010-88887777"),
    remedies="您可以申请核查、调解、仲裁或提起诉讼。",
    queue="general",
    kinds={
        "fee": ComplaintKind("fee", "收费", Right.KNOWING),
        "staff": ComplaintKind("staff", "服务态度", Right.RESPECT),
    },
    grades=(GRAVE, USUAL),
    departments={
        "cards": Department("cards", "信用卡部", "cards@bank.example"),
        "branch": Department("branch", "网点"),
    },
)


def policy_flow(**changes: object) -> Flow:
    """The flow with `POLICY`, its fields replaced by the keyword arguments; callbacks are promised in queue general."""
    built = flow()
    general = replace(built.queues["general"], callback=True)
    return replace(
        built,
        calendars={**built.calendars, "office": OFFICE},
        queues={**built.queues, "general": general},
        callbacks=Callbacks(("1[3-9]XXXXXXXXX",)),
        complaints=replace(POLICY, **changes),  # type: ignore[arg-type]
    )
