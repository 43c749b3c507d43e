"""The findings about quality.yaml."""

from __future__ import annotations

from ivr.flow.codes import error

NOT_WHOLE = error(
    "F230", "评分表合计不是一百分", "各项满分（points）相加应为 {whole}，这里是 {total}", "CBA 十五, 附件1"
)
ITEM_TWICE = error("F231", "评分项的名字重复", "评分项「{item}」在第 {first} 行已经写过，一张表里每项的名字只能用一次")
ITEM_IDLE = error(
    "F232",
    "评分项不影响得分",
    "评分项「{item}」没有写满分（points），又不是一票否决的是非题（yes_no: true、critical: true），怎么答都不影响得分",
    "CBA 十五",
)
PASSING_ABOVE_GOOD = error("F233", "合格线高于优良线", "合格线（passing）{passing} 分比优良线（good）{good} 分还高")
