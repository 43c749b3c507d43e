"""What a visitor is told that no prompt of the flow says."""

from __future__ import annotations

TO_A_PERSON = "文字服务不能直接接通人工。请拨打{number}，按{key}由客服代表为您服务。"
BY_TELEPHONE = (
    "为了您的资金安全，这项业务不在文字里办理，请不要在这里写密码、卡号或证件号码。"
    "请拨打{number}，按语音提示核实身份后办理，或由客服代表为您办理。"
)
HIDDEN = "（个人信息，不显示）"
RESOLVED = "刚才的答复解决了您的问题吗？"
THANKS, SORRY = "谢谢您的评价。", "很抱歉没有解决您的问题。请换个说法再写一次，或者选择“人工服务”。"
TOO_MANY = "这次对话已经很长了。如果还需要帮助，请重新开始，或者拨打{number}。"
#: No more complaints are taken in writing today.
COMPLAIN_BY_TELEPHONE = "今天不能再在文字里受理您的投诉了，但您的投诉我们一定受理：请拨打{number}。"
