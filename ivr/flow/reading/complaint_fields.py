"""What may stand in complaints.yaml: a part of the one table."""

from __future__ import annotations

import re

from ivr.flow import complaint_codes as codes
from ivr.flow.complaint_policy import Right, Term
from ivr.flow.reading.fields import Choice, Field, Many, Number, Record, Table, Word
from ivr.flow.reading.words import TEXT, ref

MOST_DAYS = 400
_TERM = r"\A([0-9]{1,3}) ?(天|个?工作日)\Z"


def term(text: str) -> Term:
    """`15天`, `5个工作日`."""
    found = re.fullmatch(_TERM, text)
    if found is None or int(found[1]) > MOST_DAYS:
        raise ValueError(f"应为 0 到 {MOST_DAYS} 天")
    return Term(int(found[1]), working=found[2] != "天")


_WITHIN = Word("期限，例如 15天、5个工作日", _TERM, term)
_RIGHT = Choice({one.value: one.label for one in Right})
_CONTACT = Record(
    (
        Field("name", TEXT, "部门或人员"),
        Field("phone", Word("电话号码（加引号）", r"\A\+?[0-9][0-9 -]{2,19}\Z", loose=True), "电话"),
    ),
    "客户可以联系谁",
)
KIND = Record(
    (Field("label", TEXT, "投诉类别，念给客户听"), Field("right", _RIGHT, "多半涉及八大权益中的哪一项", False)),
    "一类投诉",
)
CONDITION = Record(
    (
        Field("kinds", Many(Word("投诉类别的名字", r"\A[A-Za-z0-9_-]+\Z"), 1), "类别是其中之一", False),
        Field("rights", Many(_RIGHT, 1), "涉及的权益是其中之一", False),
        Field("amount", Number(1, 1_000_000_000), "涉及金额至少多少元", False),
        Field("repeated", Number(2, 100), "同一客户一年内至少第几次投诉", False),
        Field("words", Many(TEXT, 1), "客户的话里有其中一个词", False),
    ),
    "一个条件：写出的各项要同时满足",
)
GRADE = Record(
    (
        Field("label", TEXT, "等级名称"),
        Field("when", Many(CONDITION, 1), "满足其中一个条件就是这一级；不写的收下其余投诉，放在最后", False),
        Field("script", TEXT, "话术和应对", missing=codes.GRADE_INCOMPLETE),
        Field("owner", TEXT, "由谁负责", missing=codes.GRADE_INCOMPLETE),
        Field("acknowledge", _WITHIN, "多久之内答复受理；不写按总的期限", False),
        Field("decide", _WITHIN, "多久之内作出处理决定；不写按总的期限", False),
    ),
    "一个投诉等级",
)
DEPARTMENT = Record(
    (
        Field("label", TEXT, "部门名称"),
        Field("mail", Word("邮箱地址", r"\A[^@\s]+@[^@\s]+\Z"), "工单寄到这个邮箱", False),
        Field("webhook", Word("网址，https:// 开头", r"\Ahttps?://\S+\Z"), "工单发到这个网址，由热线签名", False),
    ),
    "一个部门；邮箱和网址都不写，工单由人送达并登记回执",
)
COMPLAINTS = Record(
    (
        Field("working_days", ref("calendar", "营业时间"), "按哪份营业时间算工作日：这一天营业就是工作日"),
        Field("acknowledge", _WITHIN, "收到投诉后多久之内答复受理，并告知由谁处理、怎么联系", False),
        Field("decide", _WITHIN, "收到投诉后多久之内作出处理决定并告知", False),
        Field("complex", _WITHIN, "情况复杂的，多久之内", False),
        Field("extension", _WITHIN, "经批准并告知客户后，最长可延到收到投诉后多少天；不写就不能再延", False),
        Field("soon", Number(0, 30), "离期限还有几个工作日时列为即将到期", False),
        Field("handler", _CONTACT, "负责处理的部门或人员，答复受理时告知客户"),
        Field("next_level", _CONTACT, "客户不满意时可以找的上一级", missing=codes.NO_NEXT_LEVEL),
        Field("remedies", TEXT, "处理决定里告知客户的其他救济途径"),
        Field("queue", ref("queue", "队列"), "投诉专席的队列"),
        Field("kinds", Table(KIND, least=1), "投诉类别，按顺序念给客户听"),
        Field("grades", Table(GRADE, least=1), "投诉分级，从上到下第一个满足的为准", missing=codes.NO_GRADES),
        Field("departments", Table(DEPARTMENT), "可以转办给哪些部门", False),
    ),
    "投诉处理办法",
)
