"""What may stand in each file of flows/: the one table behind the parser, the checks and the JSON Schemas."""

from __future__ import annotations

from ivr.flow import codes
from ivr.flow.model import LeafKind, PromptKind
from ivr.flow.reading import waiting_fields
from ivr.flow.reading.announcements_file import ANNOUNCEMENTS, ANNOUNCEMENTS_FILE
from ivr.flow.reading.complaint_fields import COMPLAINTS
from ivr.flow.reading.emergency_file import EMERGENCY, EMERGENCY_FILE
from ivr.flow.reading.fields import Choice, Field, Flag, FlagOr, Many, Number, Record, Table, TextOr, Word
from ivr.flow.reading.quality_file import QUALITY, QUALITY_FILE
from ivr.flow.reading.values import DAYS, birth, caller, dates, day, duration, interval, positive, question, zone
from ivr.flow.reading.words import AUTHS, TEXT, Next, ref
from ivr.flow.steps import ask
from ivr.flow.steps.registry import Written

ALWAYS = "always"
PHONE_KEY = r"\A[0-9*#]\Z"
LANGUAGE = r"\A[a-z]{2,3}(-[A-Za-z0-9]+)*\Z"
TIMEZONE_DEFAULT = "Asia/Shanghai"

KINDS = {"consult": "咨询", "query": "查询", "transaction": "办理", "complaint": "投诉", "suggestion": "建议"}
PROMPT_KINDS = {
    "greeting": "问候",
    "menu": "菜单",
    "info": "信息",
    "question": "提问",
    "notice": "告知",
    "goodbye": "结束语",
}
STRATEGIES = {
    "leastrecent": "最久没接电话的先响",
    "fewestcalls": "接得最少的先响",
    "ringall": "全部一起响",
    "rrmemory": "轮流响",
    "rrordered": "按名单轮流响",
    "linear": "按名单顺序响",
    "random": "随机响",
}
if {*KINDS} != {*LeafKind} or {*PROMPT_KINDS} != {*PromptKind}:
    raise RuntimeError("the words of tables.py and the model differ")


_DURATION = Word("时长，例如 5s、500ms、2m", r"\A[0-9]{1,9}(ms|s|m|h)\Z", duration)
_POSITIVE = Word("时长，例如 5s、500ms、2m", r"\A[0-9]{1,9}(ms|s|m|h)\Z", positive)
_KEY = Word("一个电话按键（0-9、* 或 #，请加引号）", PHONE_KEY, loose=True)
_RESERVED = Word("一个电话按键（0-9、* 或 #，请加引号）", r"\A[0-9*#]+\Z", loose=True)
_LANGUAGE = Word("语言代码，例如 zh、en", LANGUAGE)
_INTERVALS = Many(
    Word(
        '时间段，例如 "08:30-18:00"',
        r"\A[0-2]?[0-9]:[0-5][0-9]\s*-\s*[0-2]?[0-9]:[0-5][0-9]\Z",
        interval,
        wrong=codes.BAD_HOURS,
    )
)
_DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATES = Word(
    "日期或日期段，例如 2026-10-01 或 2026-10-01..2026-10-07",
    rf"\A{_DATE_PATTERN}(\.\.{_DATE_PATTERN})?\Z",
    dates,
    wrong=codes.BAD_DATES,
)


_HOURS = ref("calendar", "营业时间", (ALWAYS,))
_PROMPTS = Many(ref("prompt", "提示语"))
_PROMPTS_ONE = Many(ref("prompt", "提示语"), 1)

OPTION = Record(
    (
        Field("key", _KEY, "来电人按的键"),
        Field("label", TEXT, "选项的名称，与提示语里的说法一致"),
        Field("menu", ref("menu", "菜单"), "去向：另一个菜单", False),
        Field("leaf", ref("leaf", "业务"), "去向：一项业务", False),
        Field("handoff", ref("queue", "队列"), "去向：人工队列", False),
        Field("language", _LANGUAGE, "从这里起改说的语言", False),
    ),
    "菜单里的一个选项：在 menu、leaf、handoff 中写且只写一个去向",
)
MENU = Record(
    (
        Field("prompt", ref("prompt", "提示语"), "菜单的提示语"),
        Field("no_input", _POSITIVE, "等多久没有按键算无输入", False),
        Field("listen", FlagOr(Many(ref("intent", "知识"), 1)), "客户也可以直接说：true，或只听列出的知识", False),
        Field("options", Many(OPTION, 1), "选项，最多五个为宜"),
    ),
    "一个菜单",
)
LEAF = Record(
    (
        Field("label", TEXT, "业务名称"),
        Field("kind", Choice(KINDS), "业务类别"),
        Field("auth", Choice(AUTHS), "办理前要多大把握知道来电人是谁；核实之前什么都不办", False),
        Field("queue", ref("queue", "队列"), "办不成或客户要人工时转给哪个队列", False),
        Field("steps", Many(Written(), 1), "依次做什么", False),
        Field("next", Next(), "办完以后去哪里；不写就问客户还要办什么", False),
        Field("compliance", Many(Word("标准条款，例如 HB 4.1.2 或 CBA 十(3)", r"\A(HB|CBA) \S")), "条款", False),
        # the form before steps, still read: see reading/old_leaf.py
        Field("ask", Many(ask.KIND.shape, 1), "旧写法：先问客户的话", False),
        Field("say", _PROMPTS, "旧写法：依次播放的提示语", False),
        Field("reason", Choice({"policy": "按规定", "complaint": "投诉"}), "旧写法：转人工的原因", False),
    ),
    "一项业务",
)
KEYS = Record(
    (
        Field("repeat", _RESERVED, "重听键", missing=codes.RESERVED_MISSING),
        Field("back", _RESERVED, "返回键", missing=codes.RESERVED_MISSING),
        Field("agent", _RESERVED, "人工键", missing=codes.RESERVED_MISSING),
        Field("elderly", _RESERVED, "老年人专线键", missing=codes.RESERVED_MISSING),
    ),
    "公共按键：在每个菜单里、每句提示语中随时有效",
)
ELDERLY = Record(
    (
        Field("queue", ref("queue", "队列"), "老年人专线的队列"),
        Field("age", Number(50, 100), "几岁起算老年人", False),
        Field("route", Choice({"queue": "直接转队列", "menu": "先听一个短菜单"}), "名单上的老年人怎么接", False),
        Field("menu", ref("menu", "菜单"), "route 为 menu 时的短菜单", False),
        Field("speed", Number(0.5, 1.0, whole=False), "语速倍数", False),
        Field("timeout_factor", Number(1, 5, whole=False), "等待时间的倍数", False),
        Field("extra_misses", Number(0, 5), "多给几次机会", False),
        Field("priority", Number(0, 1000), "排队时优先多少", False),
        Field("callers", Word("同一目录里的文件名", r"\A[A-Za-z0-9_-]+\.yaml\Z"), "老年客户名单", False),
    ),
    "老年人服务",
)
ENTRY = Record(
    (
        Field("hours", _HOURS, "什么时间用这个入口（always 为全天）"),
        Field("greeting", Many(ref("prompt", "提示语"), 1), "问候语"),
        Field("menu", ref("menu", "菜单"), "问候之后的菜单"),
        Field("closed", Flag(), "非营业时间的入口", False),
    ),
    "一个入口",
)
MISSES = Record((Field("rephrase", Number(0, 5), "先换个说法几次", False),), "没听懂或没有按键时")
AGENT_SERVICE = Record(
    (Field("queue", ref("queue", "队列"), "人工键和多次没听懂时转给的队列", missing=codes.NO_AGENT),), "人工服务"
)
IDENTITY = Record((Field("tries", Number(1, 5), "一通电话里最多核对几次，默认 3", False),), "核实身份")
SURVEY = Record(
    (Field("after_agent", Flag(), "人工服务之后是否邀请评价，默认是", False),),
    "满意度评价",
)
RECORDING = Record((Field("consent", Flag(), "录音之前是否征求客户同意，默认否", False),), "录音")
HOTLINE = Record(
    (
        Field("bank", TEXT, "银行名称"),
        Field("numbers", Many(Word("电话号码（加引号）", r"\A\+?[0-9]{3,15}\Z", loose=True), 1), "官方客服号码"),
        Field("languages", Many(_LANGUAGE, 1), "语言，第一个为默认", False),
        Field("author", TEXT, "这一版由谁修改", False),
        Field("reason", TEXT, "这一版为什么修改", False),
        Field("keys", KEYS, "公共按键", missing=codes.RESERVED_MISSING),
        Field("no_input", _POSITIVE, "等多久没有按键算无输入", False),
        Field("misses", MISSES, "没听懂或没有按键时", False),
        Field("agent", AGENT_SERVICE, "人工服务", missing=codes.NO_AGENT),
        Field("elderly", ELDERLY, "老年人服务"),
        Field("identity", IDENTITY, "核实身份", False),
        Field("survey", SURVEY, "满意度评价；不写就不邀请", False),
        Field("recording", RECORDING, "录音", False),
        Field("entries", Many(ENTRY, 1), "入口：第一个在营业的接听"),
        Field("menus", Table(MENU, least=1), "所有菜单"),
        Field("leaves", Table(LEAF), "所有业务"),
    ),
    "热线的菜单和业务",
)

_HOLIDAY = Record(
    (
        Field("date", _DATES, "哪些日期"),
        Field("name", TEXT, "名称", False),
        Field("open", _INTERVALS, "营业时间段，[] 为休息"),
    ),
    "节假日或半天",
)
_WORKDAY = Record(
    (
        Field("date", _DATES, "哪些日期"),
        Field("name", TEXT, "名称", False),
        Field("as", Choice(dict(zip(DAYS, "一二三四五六日", strict=True))), "按星期几营业"),
    ),
    "调休上班日",
)
_DAY = f"({'|'.join(DAYS)})"
_WEEKLY = Table(_INTERVALS, rf"\A{_DAY}(-{_DAY})?\Z", "星期，例如 mon 或 mon-fri")
CALENDAR = Record(
    (
        Field("weekly", _WEEKLY, "每周的营业时间"),
        Field("holidays", Many(_HOLIDAY), "节假日", False),
        Field("workdays", Many(_WORKDAY), "调休上班日", False),
        Field(
            "until", Word("日期，例如 2026-12-31", rf"\A{_DATE_PATTERN}\Z", day), "节假日已经写到哪一天（含）", False
        ),
    ),
    "一份营业时间",
)
_NOT_ALWAYS = rf"\A(?!{ALWAYS}\Z)[A-Za-z0-9_][A-Za-z0-9_-]*\Z"
_CALENDAR_NAME = f"字母、数字、下划线组成的名字（{ALWAYS} 专指全天）"
HOURS = Record(
    (
        Field("timezone", Word("时区，例如 Asia/Shanghai", r"\A[A-Za-z]+(/[A-Za-z0-9_+-]+)*\Z", zone), "时区", False),
        Field("calendars", Table(CALENDAR, _NOT_ALWAYS, _CALENDAR_NAME), "营业时间"),
    ),
    "营业时间",
)

SATISFACTION = {"satisfied": "满意", "neutral": "一般", "unsatisfied": "不满意"}
ROLES = {"agent": "座席", "supervisor": "班长，可以监听、密语、强插其他座席的通话"}
_CODES = Table(TEXT, r"\A[0-9]\Z", "一位数字（加引号）")

QUEUE = Record(
    (
        Field("label", TEXT, "队列名称"),
        Field("hours", _HOURS, "服务时间", False),
        Field("wait", _POSITIVE, "等多久后问一次是否继续", False),
        Field("ring", _POSITIVE, "每个座席响多久", False),
        Field("wrapup", _DURATION, "事后处理时间", False),
        Field("announce", _POSITIVE, "多久播报一次排队位置", False),
        Field("max_callers", Number(0, 10_000), "最多排多少人，0 为不限", False),
        Field("strategy", Choice(STRATEGIES), "响铃方式", False),
        Field("record", Flag(), "是否录音", False),
        Field("priority", Number(0, 1000), "大的先接", False),
        *waiting_fields.of_queue(_POSITIVE),
        Field(
            "number",
            Word("3 到 6 位数字（加引号）", r"\A[0-9]{3,6}\Z", loose=True),
            "座席转到这个队列时拨的号码",
            False,
        ),
    ),
    "一个队列",
)
AGENT = Record(
    (
        Field("name", TEXT, "姓名"),
        Field("queues", Table(Number(0, 100), ref="queue"), "所在队列及响铃次序（0 先响）", False),
        Field("role", Choice(ROLES), "角色，默认 agent", False),
    ),
    "一个座席",
)
AGENTS = Record(
    (
        Field("queues", Table(QUEUE, least=1), "队列"),
        Field("agents", Table(AGENT, r"\A[0-9]{1,10}\Z", "工号（数字，加引号）"), "座席"),
        Field("callbacks", waiting_fields.callbacks(_HOURS, _POSITIVE), "回电", False),
        Field("messages", waiting_fields.messages(_HOURS), "留言", False),
        Field("pauses", _CODES, "示忙的原因", False),
        Field("dispositions", _CODES, "话后小结：这通电话结果如何", False),
        Field(
            "complaint_disposition",
            Word("一位数字（加引号）", r"\A[0-9]\Z", loose=True, ref="disposition"),
            "选了哪一种话后小结，就把这通电话登记为投诉",
            False,
        ),
        Field(
            "complaint_survey",
            Table(Choice(SATISFACTION), r"\A[0-9]\Z", "一位数字（加引号）", ref="disposition"),
            "投诉回访时，哪种话后小结表示客户满意、一般、不满意",
            False,
        ),
        Field("more_time", _POSITIVE, "座席要求多整理一会儿时，每次延长多久", False),
    ),
    "谁接电话、在哪个队列、次序如何",
)

PROMPT = TextOr(
    Record(
        (
            Field("kind", Choice(PROMPT_KINDS), "用途", False),
            Field("text", TextOr(Table(TextOr(), LANGUAGE, "语言代码")), "文字，或按语言写"),
        ),
        "一条提示语",
    )
)
PROMPTS = Record((Field("prompts", Table(PROMPT), "提示语"),), "提示语")
CALLERS = Record(
    (
        Field(
            "callers",
            Many(
                Record(
                    (
                        Field(
                            "number", Word("E.164 号码，例如 +8613800000006", r"\A\+[1-9][0-9]{6,14}\Z", caller), "号码"
                        ),
                        Field("born", Word("出生日期，例如 1950-03-01", rf"\A{_DATE_PATTERN}\Z", birth), "出生日期"),
                    ),
                    "一位老年客户",
                )
            ),
            "老年客户名单",
        ),
    ),
    "老年客户名单",
)
BANNED = Record((Field("words", Many(TEXT), "不文明用语"),), "不文明用语")

_QUESTION = Word("一句客户的问法", r"\A[^\r\n\t]+\Z", question)
_VALIDITY = Word("日期，例如 2026-01-01", rf"\A{_DATE_PATTERN}\Z", day)
INTENT = Record(
    (
        Field("question", _QUESTION, "标准问：这件事最常见、最完整的问法"),
        Field("questions", Many(_QUESTION), "扩展问：客户的其他说法，越像客户的原话越好"),
        Field("label", TEXT, "确认时怎么称呼这件事，念作「您是要……，对吗？」；不写时用业务或队列的名称", False),
        Field("leaf", ref("leaf", "业务"), "去向：一项业务", False),
        Field("menu", ref("menu", "菜单"), "去向：一个菜单", False),
        Field("handoff", ref("queue", "队列"), "去向：人工队列", False),
        Field("answer", _PROMPTS_ONE, "直接回答：依次播放的提示语", False),
        Field("source", TEXT, "出处：依据哪份文件", missing=codes.NO_SOURCE),
        Field("owner", TEXT, "由谁负责更新", missing=codes.NO_OWNER),
        Field("confirm", Flag(), "听得再清楚也要先确认一遍", False),
        Field("valid_from", _VALIDITY, "从哪天起有效（含当天）", False),
        Field("valid_to", _VALIDITY, "到哪天为止有效（含当天）", False),
    ),
    "一条知识：在 leaf、menu、handoff、answer 中写且只写一个",
)
KNOWLEDGE = Record(
    (
        Field("least_questions", Number(0, 100), "每条知识至少几个扩展问，默认 5", False),
        Field("intents", Table(INTENT), "知识"),
    ),
    "客户会问什么、怎么问、问了去哪里",
)

HOTLINE_FILE, HOURS_FILE, AGENTS_FILE = "hotline.yaml", "hours.yaml", "agents.yaml"
PROMPTS_FILE, BANNED_FILE, CALLERS_FILE = "prompts.yaml", "banned-words.yaml", "elderly-callers.yaml"
KNOWLEDGE_FILE, COMPLAINTS_FILE = "knowledge.yaml", "complaints.yaml"

#: Files that need not be there.
OPTIONAL = frozenset({KNOWLEDGE_FILE, ANNOUNCEMENTS_FILE, EMERGENCY_FILE, COMPLAINTS_FILE, QUALITY_FILE})

#: File name → its shape. elderly-callers.yaml is the one whose name operators may choose (elderly.callers).
FILES = {
    HOTLINE_FILE: HOTLINE,
    HOURS_FILE: HOURS,
    AGENTS_FILE: AGENTS,
    PROMPTS_FILE: PROMPTS,
    CALLERS_FILE: CALLERS,
    BANNED_FILE: BANNED,
    KNOWLEDGE_FILE: KNOWLEDGE,
    ANNOUNCEMENTS_FILE: ANNOUNCEMENTS,
    EMERGENCY_FILE: EMERGENCY,
    COMPLAINTS_FILE: COMPLAINTS,
    QUALITY_FILE: QUALITY,
}
