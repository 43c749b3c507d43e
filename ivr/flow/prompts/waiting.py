"""What a flow speaks beside its other prompts where waiting callers may be called back or leave a message."""

from __future__ import annotations

from collections.abc import Mapping

#: Either of the two: whispered to who waits in the queue.
CHOICES = "queue_choices"
#: What each is for, in Chinese: the prompts of a queue that offers something, of one with `callback: true`, of one with
#: `message: true`; beside those of the steps of the same names (`ivr.flow.steps`).
CHOICES_PROMPTS: Mapping[str, str] = {CHOICES: "排队时轻声提示：按返回键可改为回电或留言"}
CALLBACK_PROMPTS: Mapping[str, str] = {
    "callback_option": "说出回电的按键 4",
    "callback_agent": "座席接起回电时听到的第一句",
    "callback_unanswered": "告诉座席客户没有接听",
    "callback_greeting": "客户接起后听到的第一句",
    "callback_recorded": "告诉客户通话录音",
    "confirm_phone": "复述客户输入的号码，含 {phone:digits}",
    "yes_no_keys": "是与不是的按键",
}
MESSAGE_PROMPTS: Mapping[str, str] = {"message_option": "说出留言的按键 5"}

#: Keys of the question `queue_offer` where the queue allows these.
OFFER_CALLBACK, OFFER_MESSAGE = "4", "5"
ALL: Mapping[str, str] = {**CHOICES_PROMPTS, **CALLBACK_PROMPTS, **MESSAGE_PROMPTS}
