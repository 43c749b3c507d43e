"""What may stand in agents.yaml about callbacks and messages: a part of the one table."""

from __future__ import annotations

from ivr.flow import codes
from ivr.flow.reading.fields import Field, Flag, Many, Number, Record, Word
from ivr.flow.reading.values import dialled

_DIALLED = Word(
    '号码的写法：数字，X 表示任一数字，[3-9] 表示其中之一，例如 "1[3-9]XXXXXXXXX"',
    r"\A(?:[0-9X]|\[[0-9]-[0-9]\]){7,12}\Z",
    dialled,
    loose=True,
)


def of_queue(positive: Word) -> tuple[Field, ...]:
    """What a queue says of it."""
    return (
        Field("callback", Flag(), "等候的客户可以改为回电，不丢排队位置", False),
        Field("message", Flag(), "等候的客户可以改为留言", False),
        Field("offer", positive, "等多久之后提示可以改为回电或留言", False),
    )


def callbacks(hours: Word, positive: Word) -> Record:
    """Whom we call back, when, and how often."""
    return Record(
        (
            Field("numbers", Many(_DIALLED, 1), "只拨符合这些写法的号码", missing=codes.NO_CALLBACK_NUMBERS),
            Field("hours", hours, "什么时间可以回电（always 为全天）", False),
            Field("tries", Number(1, 3), "客户没有接听时最多拨几次", False),
            Field("pause", positive, "没有接听时隔多久再拨", False),
            Field("ring", positive, "客户电话响多久", False),
        ),
        "回电：拨打哪些号码、什么时间、几次",
    )


def messages(hours: Word) -> Record:
    """Until when messages are answered."""
    return Record(
        (
            Field("due", Number(0, 30), "几个工作日内处理", False),
            Field("hours", hours, "按哪份营业时间算工作日", False),
        ),
        "留言和回电未果的处理时限",
    )
