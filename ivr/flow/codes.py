"""The register of findings: one code, one meaning, one clause. The documentation's table is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a flow from being served; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding. `text` is a format string for the operator; `meaning` is its row in the docs;
    `clause` names what asks for it (D1… are the interpretation rules), empty where it is plain YAML."""

    id: str
    severity: Severity
    meaning: str
    text: str
    clause: str


CODES: dict[str, Code] = {}


def _code(severity: Severity, code: str, meaning: str, text: str, clause: str = "") -> Code:
    if code in CODES:
        raise ValueError(f"finding code {code} is given twice")
    made = CODES[code] = Code(code, severity, meaning, text, clause)
    return made


def error(code: str, meaning: str, text: str, clause: str = "") -> Code:
    """A finding that keeps a flow from being served."""
    return _code(Severity.ERROR, code, meaning, text, clause)


def warning(code: str, meaning: str, text: str, clause: str = "") -> Code:
    """A finding that is worth a look."""
    return _code(Severity.WARNING, code, meaning, text, clause)


# Files and YAML
FILE_MISSING = error("F001", "缺少文件", "缺少文件 {name}")
FILE_UNREADABLE = error("F002", "文件读不出来或太大", "读不了 {name}：{why}")
NOT_UTF8 = error("F003", "文件不是 UTF-8 编码", "这里不是 UTF-8 编码{hint}，请另存为 UTF-8")
YAML_SYNTAX = error("F004", "YAML 写法有误", "YAML 写法有误：{why}")
TAB = error("F005", "用制表符缩进", "这一行用了制表符（Tab）缩进，YAML 只认空格，请改成空格")
YAML_EXTRA = error("F006", "用了锚点、标签或多个文档", "这里不支持{what}，请直接写出内容")
TOO_DEEP = error("F007", "嵌套太深", "嵌套超过 {limit} 层，请检查缩进和括号")
DUPLICATE_KEY = error("F008", "同一处写了两个相同的键", "「{name}」在第 {first} 行已经写过，同一个键只能写一次")
FILE_UNKNOWN = warning("F009", "目录里有不认识的文件", "不认识文件 {name}，它不会被读取{near}")

# Keys and values
UNKNOWN_KEY = error("F010", "不认识的键或拼写错误", "不认识「{name}」{near}")
MISSING_KEY = error("F011", "缺少必填的键", "{where}缺少「{name}」（{about}）")
WRONG_TYPE = error("F012", "值的类型不对", "「{name}」应为{expected}，这里是{found}")
BAD_VALUE = error("F013", "值不在允许的范围", "「{name}」的值「{value}」不对：{expected}{near}")
ONE_TARGET = error(
    "F014", "选项的去向不是恰好一个", "选项要在 menu、leaf、handoff 中写且只写一个去向，这里写了{count}个", "HB 7.1.2"
)
UNKNOWN_TARGET = error("F015", "去向不存在", "没有名叫「{name}」的{what}{near}", "HB 7.1.2")
UNKNOWN_QUEUE = error("F016", "队列不存在", "agents.yaml 里没有名叫「{name}」的队列{near}", "CBA 十九")
UNKNOWN_CALENDAR = error("F017", "营业时间不存在", "hours.yaml 里没有名叫「{name}」的营业时间{near}", "CBA 七")
UNKNOWN_PROMPT = error("F018", "提示语不存在", "prompts.yaml 里没有名叫「{name}」的提示语{near}", "HB 7.1.2")
UNKNOWN_LANGUAGE = error(
    "F019", "语言没有列出", "语言「{name}」没有列在 hotline.yaml 的 languages 里{near}", "CBA 二十"
)

# Menus and reserved keys
SHADOWS = error(
    "F020", "选项占用了公共按键", "菜单「{menu}」的选项用了公共按键「{key}」（{use}），请换一个键", "HB 7.2.4, CBA 十九"
)
OPTION_TWICE = error("F021", "同一菜单两个选项同键", "菜单「{menu}」里「{key}」键已经给了「{other}」", "HB 7.1.2")
RESERVED_MISSING = error(
    "F022",
    "没有重听、返回、人工或老年人按键",
    "没有设置{about}（{name}），每个菜单都要能用它",
    "HB 7.2.4, CBA 十九, 二十二",
)
RESERVED_TWICE = error("F023", "公共按键互相重复", "「{key}」键同时给了{use}和{other}", "HB 7.2.4")
RESERVED_SILENT = error(
    "F024", "没有播报公共按键", "提示语「{prompt}」没有告诉来电人{use}请按「{key}」键", "HB 7.2.4, CBA 十九, 二十二"
)
OPTION_SILENT = error(
    "F025", "没有播报选项", "提示语「{prompt}」没有说「{label}」请按「{key}」键（菜单「{menu}」）", "HB 7.1.2"
)
WRONG_LABEL = error(
    "F026",
    "播报的按键与实际不符",
    "提示语「{prompt}」里按「{key}」键的说法与实际不符，「{key}」键是「{label}」",
    "HB 4.5.7",
)
DEAD_KEY = error("F027", "播报了无效的按键", "提示语「{prompt}」让来电人按「{key}」键，可这里没有这个键", "HB 4.5.7")
LABEL_AFTER = warning(
    "F028", "先说按键后说内容", "提示语「{prompt}」先说了「{key}」键，后说「{label}」；请先说内容再说按键", "CBA 二十"
)
MANY_OPTIONS = warning("F029", "菜单选项超过五个", "菜单「{menu}」有 {count} 个选项，请控制在五个以内", "CBA 二十")

# The shape of the tree
TOO_FAR = error("F030", "业务深于三层", "业务「{leaf}」要经过 {level} 层菜单（{path}），不能超过三层", "HB 7.2.3, D1")
SPEECH_ONLY = error(
    "F031", "没有按键能到的业务", "没有任何选项通向业务「{leaf}」，按键到不了；请在菜单里加一个选项", "HB 8.3.2, D1"
)
UNREACHABLE = error("F032", "到不了的菜单", "从任何入口都走不到菜单「{menu}」", "HB 7.1.2")
NO_EXIT = error("F033", "菜单循环没有出口", "菜单 {path} 绕成一圈，选来选去都到不了任何业务或人工", "D1")
COMPLAINT_FAR = error(
    "F034", "三层内到不了投诉", "从入口菜单「{menu}」出发，三层之内到不了投诉业务（kind: complaint）", "CBA 十(4)"
)
NO_SELF = error("F035", "入口没有自助业务", "从入口菜单「{menu}」出发，到不了任何自助业务（kind: consult）", "HB 7.1.1")
NO_AGENT = error("F036", "没有人工服务", "没有设置人工服务的去向（{name}）", "HB 7.1.1, CBA 十九")
ELDERLY_LONG = error("F037", "老年人服务不止一个键", "老年人服务不止一次按键：{why}", "CBA 二十二, D1")
ENTRY_NEVER = warning("F038", "永远轮不到的入口", "前面的入口已经全天接听，第 {number} 个入口永远轮不到", "CBA 七")
GAP = error("F039", "有时间没有入口接听", "{when}没有任何入口接听来电", "CBA 七")

# Leaves
NO_AUTH = error(
    "F040",
    "办理类业务没有身份识别",
    "业务「{leaf}」不是咨询类（{kind}），它的 auth 或 handoff 的 auth 要写 identified 或 verified",
    "HB 7.1.4",
)
NO_QUEUE = error(
    "F041", "办理类业务没有队列", "业务「{leaf}」不是咨询类（{kind}），要用 queue 写明转给哪个队列", "HB 7.1.4"
)
MUTE = error("F042", "业务没有内容", "业务「{leaf}」没有写 steps，来电人什么也听不到", "HB 7.1.2")
IDLE_QUEUE = warning(
    "F043", "咨询业务的转接设置不起作用", "咨询业务「{leaf}」播完即止，这里的 {name} 不起作用", "HB 7.1.4"
)
UNTAGGED = warning(
    "F044", "业务没有标注条款", "业务「{leaf}」没有标注依据的条款（compliance），例如 [HB 7.1.1]", "CBA 四"
)

# Queues and agents
EMPTY_QUEUE = error("F050", "队列没有座席", "队列「{queue}」里没有一个座席，来电永远等不到人", "HB 7.1.1")
IDLE = warning("F051", "用不到的队列", "没有任何选项、业务或按键通向队列「{queue}」", "CBA 十九")
NO_RECORDING_NOTICE = error(
    "F052", "录音没有告知", "队列「{queue}」会录音，提示语「transferring」要告诉来电人通话将被录音", "CBA 十三"
)
FALSE_RECORDING_NOTICE = warning(
    "F053", "不录音却说录音", "提示语「transferring_unrecorded」用于不录音的队列，却说到了录音", "HB 4.5.7"
)
SLOW_TRANSFER = warning(
    "F054", "转接前的话太长", "提示语「{prompt}」约 {seconds} 秒，按键到进入队列应在 3 秒内", "CBA 十九"
)
IDLE_AGENT = warning("F055", "座席不在任何队列", "座席「{agent}」不在任何队列，不会接到来电", "CBA 十九")

# Prompts
SYSTEM_PROMPT = error("F060", "缺少系统提示语", "缺少系统提示语「{name}」：{use}", "HB 7.1.2, 7.2.2")
NO_TEXT = error("F061", "提示语没有文字", "提示语「{prompt}」没有{language}的文字", "HB 7.1.2")
PLACEHOLDER = error("F062", "提示语的占位符不对", "提示语「{prompt}」的占位符{what}", "HB 4.5.7")
SILENT_HANGUP = error(
    "F063", "挂机前没有告知", "提示语「{prompt}」是挂机前的最后一句，kind 要写 {kinds}，这里是 {kind}", "HB 7.2.2"
)
IMPOLITE = error("F064", "用语不文明", "{where}里有不文明用语「{word}」（见 banned-words.yaml）", "CBA 十一")
NO_HELLO = error("F065", "问候语没有您好", "第 {number} 个入口的问候语里没有「您好」", "CBA 十一")
NO_FAREWELL = error("F066", "结束语没有再见", "提示语「{prompt}」是结束语，却没有「再见」", "CBA 十一, HB 7.4.3")
HOURS_UNNAMED = error(
    "F067", "没有说明服务时间", "{where}没有说明服务时间，请在提示语里写上 {{hours:营业时间名}}", "CBA 七"
)
LONG_PROMPT = warning(
    "F068", "提示语太长", "提示语「{prompt}」约 {seconds} 秒，请控制在 20 秒以内", "HB 7.4.2, CBA 二十"
)
LONG_MENU = warning(
    "F069", "菜单念得太长", "菜单「{menu}」连同公共按键约 {seconds} 秒，请控制在 20 秒以内", "HB 7.4.2, CBA 二十"
)
IDLE_PROMPT = warning("F070", "用不到的提示语", "没有任何地方用到提示语「{prompt}」", "HB 4.5.7")
OTHER_HOURS = warning(
    "F071",
    "说的不是这个队列的时间",
    "队列「{queue}」按「{hours}」营业，提示语「agents_closed」却没有说到它",
    "HB 4.5.7, CBA 七",
)
UNSURE_NUMBER = warning(
    "F072",
    "数字不止一种念法",
    "{where}里的「{written}」会念成「{spoken}」，不一定对：{advice}",
    "HB 7.4.2",
)
LONG_WAY = warning(
    "F073",
    "到业务要听太久",
    "不打断的话，到业务「{leaf}」约要听 {seconds} 秒（{way}），请控制在 {most} 秒以内：{advice}",
    "CBA 二十, HB 7.4.2",
)
ELDERLY_LATE = warning(
    "F074",
    "老年服务键播报太晚",
    "老年服务键「{key}」{late}（入口菜单「{menu}」），应在接通后 {most} 秒以内：{advice}",
    "CBA 二十二",
)

# Opening hours
BAD_HOURS = error("F080", "时间段不对", "时间段「{value}」{why}", "CBA 七")
DAY_TWICE = error("F081", "同一天写了两次", "{day}在第 {first} 行已经写过，同一天只能写一次", "CBA 七")
BAD_DATES = error("F082", "日期不对", "日期「{value}」{why}", "CBA 七")
DAY_UNWRITTEN = warning(
    "F083", "有的星期没有写", "营业时间「{calendar}」没有写{days}，按不营业处理；不营业请写 []", "CBA 七"
)
TIMEZONE = error("F084", "时区不存在", "没有名叫「{value}」的时区，中国写 Asia/Shanghai", "D7")

# Elderly callers
CALLER_TWICE = error("F090", "名单里号码重复", "号码 {number} 在第 {first} 行已经写过", "CBA 二十二")
ELDERLY_CLOSED = error(
    "F091",
    "老年服务有时间到不了人工",
    "{when}，老年客户一键转接找不到人：「{queue}」不营业，人工键的「{other}」也不营业；请把「{queue}」改为 always",
    "CBA 二十二, 七",
)
ELDERLY_AGE = error(
    "F092",
    "把老年客户排除在外的年龄",
    "age 写成了 {age}，{least} 至 {below} 岁的老年客户不再直接转接；请写 {least}，最多 {most}",
    "CBA 二十二",
)
ELDERLY_PACE = warning(
    "F093", "没有更耐心地对待老年客户", "「elderly」的 {name} 写成了 {value}，{means}", "CBA 十二, 二十二"
)
ANSWER_KEY = error(
    "F094",
    "公共按键也是系统提问的答案",
    "「{key}」键是{use}，可系统提问时它是「{answer}」，那时按它到不了{use}；请换一个键",
    "HB 7.2.4, CBA 十九, 二十二",
)

# Knowledge
NO_SOURCE = error("F100", "知识没有出处", "知识{where}没有写{about}（{name}）", "CBA 十八")
NO_OWNER = error("F101", "知识没有负责人", "知识{where}没有写{about}（{name}）", "CBA 十八")
EXPIRED = warning(
    "F102", "知识过期", "知识「{intent}」到 {day} 为止有效，已经过期，不再使用；请更新或删除", "CBA 十八, HB 4.5.7"
)
BAD_VALIDITY = error("F103", "知识的有效期颠倒", "知识「{intent}」的 valid_to 早于 valid_from（{day}）", "CBA 十八")
QUESTION_TWICE = error("F104", "同一条知识里问法重复", "「{text}」与第 {first} 行的「{other}」是同一句话", "CBA 十八")
COLLISION = error(
    "F105",
    "两条知识的问法相撞",
    "「{text}」与知识「{intent}」的「{other}」（第 {first} 行）几乎一样，分不清是哪一条",
    "CBA 十八",
)
ONE_ANSWER = error(
    "F106",
    "知识的去向不是恰好一个",
    "知识「{intent}」要在 leaf、menu、handoff、answer 中写且只写一个，这里写了{count}个",
    "CBA 十七, 十八",
)
FAR_TARGET = error(
    "F107", "说得到、按不到", "知识「{intent}」通向的{what}「{name}」，三层菜单之内没有按键能到", "HB 8.3.2, D1"
)
FEW_QUESTIONS = warning(
    "F108", "扩展问太少", "知识「{intent}」只有 {count} 个扩展问，至少写 {least} 个才听得准", "CBA 十八"
)
MANY_QUESTIONS = error("F109", "问法太多", "一共写了 {count} 句问法，最多 {most} 句")

SPOKEN_ANSWER = warning(
    "F110",
    "只能问、不能按键听到的回答",
    "知识「{intent}」的回答「{prompt}」没有哪项业务会播报，听不清或不便说话的客户听不到；请放进一项业务的 say 里",
    "HB 8.3.2",
)

# Listening and asking
UNKNOWN_INTENT = error("F111", "知识不存在", "knowledge.yaml 里没有名叫「{name}」的知识{near}", "CBA 十七")
NO_KNOWLEDGE = error(
    "F112",
    "没有知识库却在听",
    "菜单「{menu}」写了 listen，可是没有知识库（knowledge.yaml），听到什么也不懂",
    "CBA 十七, 十八",
)
SPEECH_PROMPT = error("F113", "缺少听说用的提示语", "{why}，缺少提示语「{name}」：{use}", "HB 7.1.2, 8.3.2")
NO_PURPOSE = error("F114", "提问没有用途", "提问{where}没有写{about}（{name}），与业务无关的信息不得收集", "CBA 二十九")
UNKNOWN_SLOT = error("F115", "不认识的提问种类", "「{name}」的值「{value}」不对：{expected}{near}", "CBA 二十")
SLOT_TYPE = error(
    "F116",
    "占位符的类型与值不符",
    "提示语「{prompt}」的「{{{name}:{kind}}}」类型不对，业务「{leaf}」的「{name}」是{slot}，{right}",
    "HB 4.5.7",
)
ASKED_TWICE = error("F117", "一项业务里提问重名", "业务「{leaf}」里两个提问都叫「{name}」")
IMPERSONAL = warning(
    "F118",
    "号码没有按个人信息对待",
    "业务「{leaf}」的提问「{name}」问的是{slot}，不应写 personal: false",
    "CBA 十三, 三十",
)
WHEN_OF = error("F119", "不问日期却写了 when", "业务「{leaf}」的提问「{name}」问的是{slot}，不用写 when")

# Characters
CONFUSABLE = error("F120", "用错了字符：全角标点、特殊空格、看不见的字符等", "{why}")
KEY_WRITTEN = warning(
    "F121",
    "按键写法不规范",
    "提示语「{prompt}」里的按键写成了「{character}」（U+{number}），请写半角数字、不加引号，例如 请按1",
)

# Values that are hardly meant
IMPLAUSIBLE = warning("F130", "值不像真的", "「{name}」的值恐怕不对：{why}")
LISTED_TWICE = warning("F131", "列表里写了两次", "「{name}」里的「{value}」在第 {first} 行已经写过")

# Waiting: callbacks and messages
NO_CALLBACK_NUMBERS = error(
    "F150", "没有写回电可拨的号码", "{where}没有写{about}（{name}）：不写明的号码一律不拨，以防盗打", "HB 7.1.3"
)
CALLBACK_UNSET = error(
    "F151",
    "回电没有设好",
    "队列「{queue}」写了 callback: true，可是没有写 callbacks：拨哪些号码、什么时间、几次",
    "CBA 十四",
)
WAITING_PROMPT = error(
    "F152", "缺少回电或留言的提示语", "队列「{queue}」的客户可以改为{what}，缺少提示语「{name}」：{use}", "HB 7.2.2"
)


def codes_markdown() -> str:
    """The table of all codes for the documentation."""
    rows = ["| 编号 | 级别 | 含义 | 依据 |", "|---|---|---|---|"]
    kinds = {Severity.ERROR: "错误", Severity.WARNING: "警告"}
    rows += [f"| {c.id} | {kinds[c.severity]} | {c.meaning} | {c.clause or '—'} |" for c in CODES.values()]
    return "\n".join(rows) + "\n"
