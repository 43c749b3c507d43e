"""The findings about steps of leaves; the rest are in `ivr.flow.codes`."""

from __future__ import annotations

from ivr.flow.codes import error, warning

OLD_LEAF = warning(
    "F160", "业务是旧写法", "业务「{leaf}」的 {old} 是旧写法，仍按原意执行；请改写成 {instead}", "HB 7.1.4"
)
BOTH_FORMS = error("F161", "新旧写法混用", "业务「{leaf}」已经写了 steps，请把 {name} 也写成步骤")
UNKNOWN_STEP = error("F162", "没有这种步骤", "没有「{name}」这种步骤{near}；可以写：{known}")
BARE_STEP = error("F163", "步骤没有内容", "步骤「{name}」（{about}）后面要写内容，例如 {name}: …")
UNREACHED_STEP = error("F164", "走不到的步骤", "业务「{leaf}」转人工之后还有步骤 {name}，永远走不到")
UNPROVED = error(
    "F165",
    "没有核实身份就办理",
    "业务「{leaf}」的{what}要先核实到 {level}：把业务的 auth 写成 {level}，或在前面写 verify，level 为 {level}",
    "HB 7.1.4",
)
UNCONFIRMED = error(
    "F166", "没有确认就办理", "业务「{leaf}」的「{name}」（{about}）之前要有 confirm，向客户复述并征得同意", "HB 7.3.3"
)
NO_ARGUMENT = error(
    "F167",
    "银行操作缺少参数",
    "业务「{leaf}」的「{what}」需要「{name}」，前面的步骤都没有给出；用 ask 问，或用 with 指定",
)
UNKNOWN_ARGUMENT = error("F168", "银行操作没有这个参数", "「{what}」没有参数「{name}」；可以写：{known}")
UNKNOWN_REFUSAL = error("F169", "银行不会这样答复", "「{what}」没有不受理的原因「{name}」；可以写：{known}")
UNKNOWN_LIST = error("F170", "没有这个列表", "业务「{leaf}」里没有列表「{name}」；这里有：{known}")
ASK_OF = error("F171", "不问账户却写了 of", "业务「{leaf}」的提问「{name}」问的是{slot}，不用写 of")
NEEDLESS_VERIFY = warning(
    "F172", "不起作用的核实", "业务「{leaf}」的 auth 是 none，这里的 verify 什么也不核实", "HB 7.1.4"
)
