"""The text simulator: typed keys, scripts with expectations, what the operator reads."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.call.simulation import Simulation, text_of
from ivr.call.simulator import ScriptResult, interactive, local_ms, run_script, simulate
from ivr.call.transcript import fact_words
from ivr.dialogue.model import QueueOutcome
from ivr.flow.model import Prompt, PromptKind
from ivr.flow.steps.acts import Say
from ivr.records.facts import Ended, HandoffRequested, LeafCompleted, MenuKey
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN, TIMEZONE, flow, local, prompts


def script(text: str, at: int = OPEN, number: str | None = None) -> ScriptResult:
    """Run a script written with indentation."""
    return run_script(flow(), at, number, "\n".join(line.strip() for line in text.splitlines()))


def typed(*lines: str, at: int = OPEN, number: str | None = None) -> str:
    """What the terminal shows when these lines are typed."""
    stdout = io.StringIO()
    interactive(flow(), at, number, io.StringIO("".join(f"{line}\n" for line in lines)), stdout)
    return stdout.getvalue()


# ---- the call


def test_simulate_takes_what_is_typed_and_gives_the_record() -> None:
    call = simulate(flow(), ["1", "!#", "*", "2", "-", "0", "t", "1", "a"], OPEN)
    assert call.said[0] == ("greeting", "main_menu", "keys")
    assert call.said[-1] == ("agent_left", "goodbye")
    assert any(isinstance(fact, LeafCompleted) for fact in call.facts)
    assert [fact.queue for fact in call.facts if isinstance(fact, HandoffRequested)] == ["general", "general"]
    assert call.lines[-1] == "  系统挂机，通话结束。"


def test_several_keys_in_one_move_are_pressed_one_after_the_other() -> None:
    assert simulate(flow(), ["11"], OPEN).said[-1] == ("transfers_menu", "keys")


def test_moves_after_the_end_are_not_looked_at() -> None:
    assert simulate(flow(), ["h", "nonsense"], OPEN).said[-1] == ()


@pytest.mark.parametrize("moves", [["q"], ["0", "1"], ["00"], ["1a"], ["0", ""]])
def test_a_move_that_cannot_be_made_there_is_refused(moves: list[str]) -> None:
    with pytest.raises(ValueError, match=r"按|排队|键"):
        simulate(flow(), moves, OPEN)


def test_early_keys_and_hang_ups_leave_a_leaf_unheard() -> None:
    assert not any(isinstance(fact, LeafCompleted) for fact in simulate(flow(), ["2", "!*"], OPEN).facts)
    assert not any(isinstance(fact, LeafCompleted) for fact in simulate(flow(), ["2", "!h"], OPEN).facts)
    assert any(isinstance(fact, LeafCompleted) for fact in simulate(flow(), ["2", "h"], OPEN).facts)


def test_time_is_virtual_and_speech_takes_its_time() -> None:
    simulation = Simulation(flow(), OPEN, None)
    simulation.press("#", early=True)
    assert simulation.now == OPEN + 500
    simulation.press("2")
    heard = simulation.now
    simulation.silence()
    # 13 + 14 + 10 spoken characters at four a second, then the time-out
    assert 5_000 < simulation.now - heard < 20_000
    simulation.press("0")
    queued = simulation.now
    simulation.leave_queue(QueueOutcome.TIMEOUT)
    assert simulation.now >= queued + 60_000


def test_elderly_speech_takes_longer() -> None:
    young, old = Simulation(flow(), CLOSED, None), Simulation(flow(), CLOSED, None)
    old.press("9", early=True)
    young.press("0", early=True)
    assert old.texts() == young.texts()
    for simulation in (young, old):
        simulation.press("#")
    assert old.now > young.now


def test_moves_where_they_do_not_belong_do_no_harm() -> None:
    simulation = Simulation(flow(), OPEN, None)
    simulation.leave_queue(QueueOutcome.FULL)
    assert simulation.texts()[0][0] == "queue_full"
    simulation.hang_up()
    simulation.silence()
    assert (simulation.over, simulation.texts()) == (True, [])


def test_placeholders_are_filled_and_unknown_values_named() -> None:
    waiting = {"ahead": Prompt("ahead", PromptKind.INFO, {"zh": "前面还有{ahead:count}位。"})}
    served = flow(prompts={**prompts(), **waiting})
    assert text_of(served, Say("ahead", {"ahead": 2}), "zh") == "前面还有两位。"
    assert text_of(served, Say("ahead"), "zh") == "前面还有〔ahead〕位。"


def test_a_language_without_a_text_is_shown_in_the_one_there_is() -> None:
    spoken = dict(prompts()) | {"keys": Prompt("keys", PromptKind.MENU, {"zh": "按键", "en": "Keys"})}
    served = flow(prompts=spoken)
    assert text_of(served, Say("keys"), "en") == "Keys"
    assert text_of(served, Say("greeting"), "en").startswith("您好")


# ---- what is read


def test_the_transcript_reads_well() -> None:
    shown = "\n".join(simulate(flow(), ["2", "-", "0", "f", "3"], OPEN, ELDERLY_NUMBER[:-1] + "1").lines)
    for line in (
        "【示例银行】模拟通话　2026-03-02 10:00:00（Asia/Shanghai）　主叫：+8613800000001",
        "流程版本 0123456789ab　作者：张三　原因：首次发布",
        "  记录　进入流程 FlowChosen revision=0123456789ab entry=menu language=zh",
        "[10:00:00] 播报：",
        "  ♪ 您好，欢迎致电示例银行。　‹greeting›",
        "  位置：main（第 1 层）　等待按键 5 秒",
        "  位置：main › branch_hours‹branch_hours›　等待按键 5 秒",
        "  进入队列：general‹general›　优先级 0　原因 key　播放等待音乐",
        "  位置：排队后的询问　等待按键 5 秒",
        "  可按：1 继续等待　2 返回主菜单　3 结束通话　# 重听　* 返回　0 人工　9 老年服务",
        "  系统挂机，通话结束。",
    ):
        assert line in shown


def test_elderly_pace_language_and_a_silent_way_to_the_queue_are_shown() -> None:
    assert "播报（老年语速）：" in "\n".join(simulate(flow(), [], OPEN, ELDERLY_NUMBER).lines)
    assert "播报（语言 en）：" in "\n".join(simulate(flow(), ["5"], OPEN).lines)
    result = script("press 0\nfault\nexpect-queue general")
    assert result.ok
    assert any("（无，直接进入队列）" in line for line in result.transcript)


def test_who_answers_is_named_and_a_queue_without_agents_is_told() -> None:
    assert "座席 李四 接听" in "\n".join(simulate(flow(), ["0", "a"], OPEN).lines)
    assert "幺零零幺" in "\n".join(simulate(flow(), ["0", "a"], OPEN).lines)
    assert "还没有配置座席" in "\n".join(simulate(flow(), ["3", "a"], OPEN).lines)


def test_facts_of_other_rooms_are_shown_by_their_own_name() -> None:
    assert fact_words(Ended(OPEN, "caller", "16")) == "Ended Ended hangup_by=caller cause=16"
    assert fact_words(MenuKey(OPEN, "timeout")) == "离开菜单 MenuKey outcome=timeout"


# ---- by hand


def test_a_call_by_hand_from_greeting_to_hang_up() -> None:
    shown = typed("1", "", "-", "*", "2", "h")
    assert shown.count("按键 › ") == 6
    assert "〔no_input〕" in shown
    assert "〔agent_offer〕" in shown
    assert "听完资料 LeafCompleted leaf_id=branch_hours" in shown
    assert shown.endswith("客户已挂机，通话结束。\n")


def test_help_wrong_input_and_the_queues_letters() -> None:
    shown = typed("?", "？", "abc", "0", "1", "x", "T", "３", "1")
    assert shown.count("帮助：?") == 3
    assert "✗ “abc”不是电话上的按键" in shown
    assert "✗ 客户正在排队" in shown
    assert "〔fault〕" in shown
    assert "〔goodbye〕" in shown
    assert shown.endswith("系统挂机，通话结束。\n")


def test_full_width_keys_count_as_plain_ones() -> None:
    assert "〔goodbye〕" in typed("＃", "！０", "ｆ", "３")


def test_keys_beyond_what_listens_are_reported_and_the_rest_counts() -> None:
    shown = typed("101", "a")
    assert "✗ 按 1 时已不在等待按键" in shown
    assert "进入队列：general" in shown


def test_the_end_of_the_input_hangs_up() -> None:
    assert typed().endswith("客户已挂机，通话结束。\n")
    assert "MenuKey outcome=hangup" in typed("1")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.sampled_from("0123456789*#-!h?atnfx 中\x00"), max_size=4), max_size=20))
def test_whatever_is_typed_the_call_ends(lines: list[str]) -> None:
    assert "通话结束。" in typed(*lines)


# ---- by script


def test_a_script_in_english() -> None:
    result = script(
        """
        at 2026-03-02 10:00
        caller +8613800000001
        // a comment, an empty line

        expect 您好
        expect greeting
        expect-menu main
        press 1
        expect-not 您好
        press 1 early
        expect-menu transfers
        press 1
        expect-leaf transfer_limit
        silence
        expect no_input
        expect-fact LeafCompleted leaf_id=transfer_limit
        press 0
        expect-queue general
        queue timeout
        wait 30m
        press 3
        expect goodbye
        expect-end
        """
    )
    assert result.text.endswith("结果：与脚本一致\n")
    assert (result.ok, result.exit_status) == (True, 0)


def test_a_script_in_chinese() -> None:
    result = script(
        """
        时间 2026-10-01 10:00
        主叫
        应听到 非人工服务时间
        不应听到 欢迎
        应在菜单 closed
        抢按 0
        应记录 HandoffRequested refused=true why=closed
        按 1
        应在业务 branch_hours
        不按 6
        应听到 〔goodbye〕
        应结束
        """,
    )
    assert result.text.endswith("结果：与脚本一致\n"), result.text


def test_the_hours_pass_within_a_script() -> None:
    assert script("wait 8h\npress 0\nexpect agents_closed\nexpect-menu main").ok


@pytest.mark.parametrize(
    "outcome", ["answered", "timeout", "no_agents", "full", "failed", "接通", "超时", "无人", "已满", "失败"]
)
def test_every_outcome_of_the_queue_can_be_scripted(outcome: str) -> None:
    assert script(f"按 0\n队列 {outcome}\n挂机" if outcome not in ("answered", "接通") else f"按 0\n队列 {outcome}").ok


def test_hang_ups_can_be_scripted() -> None:
    assert script("press 2\nhang up early\nexpect-end").ok
    assert script("按 2\n抢挂\n应结束").ok
    assert script("press 2\nhang up\nexpect-fact LeafCompleted").ok


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("expect 贷款", "应听到“贷款”，实际听到“账户"),
        ("expect", "缺少要核对的文字"),
        ("expect-not 账户", "不应听到“账户”"),
        ("expect-menu accounts", "应在菜单“accounts”，实际：main"),
        ("expect-leaf branch_hours", "实际：不在任何业务"),
        ("expect-leaf", "实际：不在任何业务"),
        ("expect-queue general", "实际：不在排队"),
        ("expect-end", "通话还没有结束"),
        ("expect-fact", "记录里没有"),
        ("expect-fact LeafCompleted", "记录里没有“LeafCompleted”"),
        ("expect-fact FlowChosen entry=closed", "记录里没有"),
        ("expect-fact FlowChosen nothing=1", "记录里没有"),
        ("expct 账户", "没有“expct”这个命令，是不是“expect”？"),
        ("应听道 账户", "是不是“应听到”？"),
        ("拨打", "没有“拨打”这个命令"),
        ("press", "按键只能是"),
        ("press 1a", "按键只能是 0–9、* 和 #，不能是“1a”"),
        ("press 1 late", "看不懂“late”"),
        ("press 01", "客户正在排队"),
        ("silence 0", "次数应为 1–100"),
        ("silence 1000", "次数应为"),
        ("silence ３", "次数应为"),
        ("silence many", "次数应为"),
        ("hang up now", "看不懂“now”"),
        ("queue full", "客户不在排队"),
        ("queue somehow", "队列的结果可以是"),
        ("wait 3", "时长请写成"),
        ("wait 99999h", "时长请写成"),
        ("at 2026-10-01 03:00", "只能写在脚本开头"),
        ("caller 1", "只能写在脚本开头"),
    ],
)
def test_what_is_not_as_expected_is_reported_with_its_line(line: str, said: str) -> None:
    result = script(f"press #\n\n{line}")
    assert [mismatch.line for mismatch in result.mismatches] == [3]
    assert said in str(result.mismatches[0])
    assert str(result.mismatches[0]).startswith("第 3 行：")
    assert (result.ok, result.exit_status) == (False, 1)
    assert f"第 3 行：{result.mismatches[0].text}" in result.text


@pytest.mark.parametrize("line", ["press 1", "silence", "hang up", "fault", "queue full"])
def test_nothing_can_be_done_after_the_end(line: str) -> None:
    result = script(f"hang up\n{line}")
    assert [mismatch.line for mismatch in result.mismatches] == [2]


def test_silence_in_the_queue_is_a_mistake_of_the_script() -> None:
    assert [mismatch.line for mismatch in script("silence 4").mismatches] == [1]


def test_everything_that_is_wrong_is_reported_in_one_run() -> None:
    result = script("at yesterday\nexpect 贷款\npress 1\nexpect 贷款\nexpect-end")
    assert [mismatch.line for mismatch in result.mismatches] == [1, 2, 4, 5]
    assert "结果：4 处与脚本不符" in result.text


@pytest.mark.parametrize("text", ["", "\n\n", "// nothing\n", "at 2026-03-02 10:00\n"])
def test_a_script_in_which_nothing_happens_is_no_success(text: str) -> None:
    result = script(text)
    assert [str(mismatch) for mismatch in result.mismatches] == ["脚本里没有任何步骤"]


def test_a_script_may_begin_with_a_byte_order_mark_and_end_its_lines_as_windows_does() -> None:
    assert run_script(flow(), OPEN, None, "\ufeffpress 1\r\nexpect-menu accounts\r\n").ok


@given(st.text(max_size=80))
def test_no_text_breaks_the_script_runner(text: str) -> None:
    result = run_script(flow(), OPEN, None, text)
    assert result.transcript
    assert result.exit_status in (0, 1)


COMMANDS = [
    "press",
    "silence",
    "hang-up",
    "queue",
    "fault",
    "wait",
    "expect",
    "expect-fact",
    "at",
    "caller",
    "按",
    "不按",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.text(max_size=6)), max_size=15))
def test_no_argument_breaks_the_script_runner(commands: list[tuple[str, str]]) -> None:
    assert run_script(flow(), OPEN, None, "\n".join(f"{word} {rest}" for word, rest in commands)).transcript


# ---- times


def test_local_times_are_read_in_the_flows_time_zone() -> None:
    assert local_ms("2026-10-01 03:00", TIMEZONE) == local("2026-10-01 03:00")
    assert local_ms(" 2026-10-01 03:00:30 ", TIMEZONE) == local("2026-10-01 03:00") + 30_000
    assert local_ms("2026-10-01T03:00+00:00", TIMEZONE) == local("2026-10-01 11:00")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01 00:00", "2026-02-30 10:00", "0001-01-01 00:00", "9999-12-31 23:59"]
)
def test_times_that_cannot_be_are_refused_in_chinese(text: str) -> None:
    with pytest.raises(ValueError, match=r"时间"):
        local_ms(text, TIMEZONE)
