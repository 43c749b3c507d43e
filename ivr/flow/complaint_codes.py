"""The findings about complaints.yaml."""

from __future__ import annotations

from ivr.flow.codes import error, warning

NO_GRADES = error(
    "F200", "没有写投诉分级", "{where}没有写{about}（{name}）：分级决定话术、由谁负责、处理时限", "CBA 五十"
)
GRADE_GAP = error(
    "F201", "有的投诉没有等级", "最后一级「{grade}」也写了 when：不满足任何条件的投诉没有等级", "CBA 五十"
)
GRADE_NEVER = warning(
    "F202", "投诉等级永远用不上", "「{grade}」在「{before}」之后，而「{before}」没有写 when，收下了其余全部投诉"
)
GRADE_INCOMPLETE = error("F203", "投诉等级不完整", "投诉等级{where}没有写{about}（{name}）", "CBA 五十")
TERM_TOO_LONG = error("F204", "投诉期限超过规定", "「{name}」写了{days}，规定最长{most}", "CBA 五十一(四), HB 10.2")
TERM_LONGER = error("F205", "投诉期限前后不符", "「{name}」写了{days}，比「{other}」的{limit}还长", "CBA 五十")
CALENDAR_ENDS = warning(
    "F206",
    "工作日日历快到头了",
    "「{calendar}」的节假日只写到 {until}，今天收到的投诉期限算到 {due}，之后的放假和调休没有算进去，请补全",
    "HB 10.2.1",
)
CONDITION_EMPTY = error("F207", "投诉等级的条件是空的", "投诉等级「{grade}」有一个条件什么都没有写")
NO_NEXT_LEVEL = error("F208", "没有写上一级投诉渠道", "{where}没有写{about}（{name}）", "HB 10.2.3")
MANY_KINDS = error("F209", "投诉类别太多", "投诉类别有 {count} 个，客户按一个键选择，最多 {most} 个", "HB 7.1.2")
