"""Indicators whose figures come from outside the hotline: the rows are kept, and a day by itself has none. What was
imported is put in for the whole period, see `window`."""

from __future__ import annotations

from ivr.metrics.counted import Counted, nothing
from ivr.metrics.day import Day

_REASON = "数据来自热线之外，尚未导入"


def text_diversion(_day: Day) -> Counted:
    """机器人文本服务分流率（CBA 附件1 服务效率指标）

    公式：(1 − 文本服务转人工进线量 / 文本服务进线总量) ×100%
    读法：热线没有文本渠道；由银行导入，未导入则不出数。
    """
    return nothing("ratio", _REASON)


def text_recognition(_day: Day) -> Counted:
    """文本机器人问题识别率（CBA 附件1 服务运营指标）

    公式：(客户提问总数 − 未识别) / 客户提问总数 ×100%
    读法：热线没有文本渠道；由银行导入，未导入则不出数；语音的同类数见 ours.voice_recognition。
    """
    return nothing("ratio", _REASON)


def text_resolution(_day: Day) -> Counted:
    """文本机器人问题解决率（CBA 附件1 服务运营指标）

    公式：(1 − 客户评价“未解决”数 / 能评价客户提问总数) ×100%
    读法：热线没有文本渠道；由银行导入，未导入则不出数。
    """
    return nothing("ratio", _REASON)


def staff_satisfaction(_day: Day) -> Counted:
    """员工满意度（CBA 附件1 员工指标）

    公式：内部员工满意度调查统计结果
    读法：按导入的调查结果，统计期须与报表期相同。
    """
    return nothing("ratio", _REASON)


def staff_turnover(_day: Day) -> Counted:
    """人员流失率（CBA 附件1 员工指标）

    公式：统计期内累计离职人数 / (统计期初员工总数 + 统计期累计入职员工数) ×100%
    读法：按导入的人数，统计期须与报表期相同。
    """
    return nothing("ratio", _REASON)
