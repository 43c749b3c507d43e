"""What an utterance denies, and what it leaves standing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu import Decision
from ivr.nlu.normalise import fold
from ivr.nlu.phrases.denial import read
from tests.nlu import knowing


@pytest.mark.parametrize(
    ("said", "denied", "affirmed"),
    [
        ("不用查余额", "查余额", ""),
        ("我不是要投诉", "投诉", ""),
        ("人工就不用了", "人工", ""),
        ("余额不查了", "余额", ""),
        ("我的卡没丢", "我的卡丢", ""),
        ("没被骗", "被骗", ""),
        ("不查余额我要挂失", "查余额", "我要挂失"),
        ("不是要转账是要查余额", "转账", "要查余额"),
        ("不投诉了给我转人工", "投诉", "给我转人工"),
        ("手机没丢卡丢了", "手机丢", "卡丢了"),
        ("别转人工，查余额", "转人工", "查余额"),
        ("我要查余额不对我要挂失银行卡", "我要查余额", "挂失银行卡"),
        ("我想办存款，不是，是提前还房贷", "我想办存款", "提前还房贷"),
        ("帮我转账说错了我要查贷款余额", "帮我转账", "查贷款余额"),
    ],
)
def test_what_is_denied_and_what_stands(said: str, denied: str, affirmed: str) -> None:
    found = read(said)
    assert (found.denied, found.affirmed) == ((denied,), affirmed)


@pytest.mark.parametrize(
    "said",
    [
        "钱没到账", "转不出去", "卡找不到了", "能不能转人工", "怎么不给我转人工", "不给我转人工我就投诉",
        "要不转人工吧", "不好意思查余额", "别人给我转的钱", "不用抵押的贷款怎么申请", "退休人员可以办信用卡吗",
        "不是我花的钱", "不知道余额",
        "余额不对是怎么回事", "我不会用", "特别着急", "信用卡还没激活", "不是我要查余额", "没收到验证码",
    ],
)  # fmt: skip
def test_what_denies_nothing(said: str) -> None:
    assert read(said).denied == ()


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("我要查余额不对我要挂失银行卡", "debit_loss"),
        ("我想办存款不是是提前还房贷", "loan_prepay"),
        ("帮我转账说错了我要查贷款余额", "loan_query"),
        ("挂失信用卡不对我要挂失银行卡", "debit_loss"),
    ],
)
def test_what_is_put_right_in_the_same_breath_counts(said: str, intent: str) -> None:
    assert knowing.shipped().understand(said).intent == intent


REFUSALS = (
    "不要",
    "不用",
    "不想",
    "别",
    "我不需要",
    "我不是要",
    "没想",
    "用不着",
    "请不要",
    "先别",
    "暂时不",
    "我没说要",
)
WISHES = ("转人工", "查余额", "投诉", "挂失", "转账", "开户", "办分期", "贷款")


@given(st.sampled_from(REFUSALS), st.sampled_from(WISHES), st.sampled_from(("", "了", "吧", "谢谢", "了啊")))
def test_a_refused_wish_leads_nowhere(refusal: str, wish: str, end: str) -> None:
    understanding = knowing.shipped()
    wanted, refused = understanding.understand(wish), understanding.understand(refusal + wish + end)
    assert refused.decision is Decision.REJECT or wanted.intent not in (refused.intent, refused.runner_up)
    assert refused.universal is None or refused.universal is not wanted.universal


@given(st.sampled_from(REFUSALS[:6]), st.sampled_from(WISHES), st.sampled_from(WISHES))
def test_the_other_wish_beside_it_counts(refusal: str, one: str, other: str) -> None:
    understanding = knowing.shipped()
    wanted, unwanted = understanding.understand(other), understanding.understand(one)
    if wanted.intent != unwanted.intent:
        assert (
            understanding.understand(f"{refusal}{one}我要{other}").intent
            == understanding.understand(f"我要{other}").intent
        )


@given(st.text("不要别没人工丢骗查余额我是的了吗给转投诉挂失卡就算了，。 "))
def test_any_heap_keeps_only_its_own_words(text: str) -> None:
    found = read(text)
    assert len(found.affirmed) + sum(map(len, found.denied)) <= 2 * len(text) + 2


@given(st.text())
def test_any_text_is_read_and_nothing_is_read_into_silence(text: str) -> None:
    found = read(text)
    assert fold(text) or not (found.affirmed or found.denied)
