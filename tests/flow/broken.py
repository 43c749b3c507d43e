"""For each finding code, an edit of the small hotline that makes it appear."""

from __future__ import annotations

from pathlib import Path

from tests.flow import small

HOTLINE, HOURS, AGENTS, PROMPTS = "hotline.yaml", "hours.yaml", "agents.yaml", "prompts.yaml"
CALLERS, BANNED, KNOWLEDGE = "elderly-callers.yaml", "banned-words.yaml", "knowledge.yaml"
EMERGENCY, ANNOUNCEMENTS = "emergency.yaml", "announcements.yaml"
COMPLAINTS, QUALITY = "complaints.yaml", "quality.yaml"

Edit = tuple[str, str, str]  # file, old text, new text
MANY = ", ".join(f"第{number}种问法" for number in range(5000))
LONG = "业务说明" * 25

ASK_STEP = "      - ask: {"
TWICE = "      - ask: {id: card, slot: yes_no, prompt: card_ask, retention: call, purpose: 核对}\n"
SAY_STEP, HANDOFF_STEP = "      - say: balance_info\n", "      - handoff: {auth: identified}\n"
DEEPER = """\
leaves:
  far: {label: 远, kind: consult, auth: none, steps: [say: opening_info], compliance: [HB 7.1.1]}
"""
CHAIN = """\
      - {key: "3", label: 更多, menu: more}
  more:
    prompt: more_menu
    options: [{key: "1", label: 再多, menu: most}]
  most:
    prompt: most_menu
    options: [{key: "1", label: 远处, menu: last}]
  last:
    prompt: last_menu
    options: [{key: "1", label: 远, leaf: far}]
  closed:
"""
CHAIN_PROMPTS = """\
prompts:
  more_menu: {kind: menu, text: 再多请按1。}
  most_menu: {kind: menu, text: 远处请按1。}
  last_menu: {kind: menu, text: 远请按1。}
"""
CIRCLE = """\
      - {key: "3", label: 更多, menu: round}
  round:
    prompt: round_menu
    options: [{key: "1", label: 一圈, menu: trip}]
  trip:
    prompt: trip_menu
    options: [{key: "1", label: 又一圈, menu: round}]
  closed:
"""
CIRCLE_PROMPTS = """\
prompts:
  round_menu: {kind: menu, text: 一圈请按1。}
  trip_menu: {kind: menu, text: 又一圈请按1。}
"""
ACCOUNTS_SAY = "余额查询请按2。"

SIX = "".join(f'      - {{key: "{key}", label: 开户须知, leaf: opening}}\n' for key in "345678")
SIX_SAY = "".join(f"开户须知请按{key}，" for key in "345678")
LONELY = """\
  lonely:
    prompt: closed_menu
    options: [{key: "1", label: 开户须知, leaf: opening}, {key: "2", label: 投诉, leaf: complaint}]
"""

AGAIN = """\
  again:
    {kind: change, prompt: net_bank_notice, publish_at: 2098-12-01 05:59, ends_at: 2098-12-02 00:00}
"""

EDITS: dict[str, list[Edit]] = {
    "F004": [(HOTLINE, "bank: 示例银行", "bank: [示例银行")],
    "F005": [(HOTLINE, "  main:\n", "\tmain:\n")],
    "F006": [(HOTLINE, 'back: "*"', "back: *x")],
    "F007": [(HOTLINE, "bank: 示例银行", "bank: " + "[" * 30 + "]" * 30)],
    "F008": [(HOTLINE, "author: 张三", "author: 张三\nauthor: 李四")],
    "F010": [(HOTLINE, "label: 投诉, leaf", "lable: 投诉, leaf")],
    "F011": [(HOTLINE, "label: 投诉, leaf", "leaf")],
    "F012": [(HOTLINE, "numbers: [\"95000\"]", "numbers: 95000")],
    "F013": [(HOTLINE, "no_input: 5s", "no_input: 5 秒")],
    "F014": [(HOTLINE, "leaf: complaint}", "leaf: complaint, menu: accounts}")],
    "F015": [(HOTLINE, "menu: accounts}", "menu: acounts}")],
    "F016": [(HOTLINE, "handoff: general", "handoff: generl")],
    "F017": [(HOTLINE, "hours: service", "hours: servise")],
    "F018": [(HOTLINE, "say: opening_info", "say: opening_inf")],
    "F019": [(HOTLINE, "menu: accounts}", "menu: accounts, language: en}")],
    "F020": [(HOTLINE, '{key: "3", label: 综合', '{key: "0", label: 综合')],
    "F021": [(HOTLINE, '{key: "3", label: 综合', '{key: "2", label: 综合')],
    "F022": [(HOTLINE, 'back: "*", ', "")],
    "F023": [(HOTLINE, 'back: "*"', 'back: "#"')],
    "F024": [(PROMPTS, "返回请按星号键，人工服务请按0，老年", "人工服务请按0，老年")],
    "F025": [(PROMPTS, "，投诉请按2，综合", "，综合")],
    "F026": [(PROMPTS, "开户须知请按1，余额查询请按2。", "开户须知请按2，余额查询请按1。")],
    "F027": [(PROMPTS, ACCOUNTS_SAY, "余额查询请按2，贷款请按7。")],
    "F028": [(PROMPTS, ACCOUNTS_SAY, "请按2余额查询。")],
    "F029": [(HOTLINE, "  closed:\n", SIX + "  closed:\n"), (PROMPTS, ACCOUNTS_SAY, f"{ACCOUNTS_SAY}{SIX_SAY}")],
    "F030": [(HOTLINE, "  closed:\n", CHAIN), (HOTLINE, "leaves:\n", DEEPER), (PROMPTS, "prompts:\n", CHAIN_PROMPTS),
             (PROMPTS, ACCOUNTS_SAY, "余额查询请按2，更多请按3。")],
    "F031": [(HOTLINE, "leaves:\n", DEEPER)],
    "F032": [(HOTLINE, "leaves:\n", LONELY + "leaves:\n")],
    "F033": [
        (HOTLINE, "  closed:\n", CIRCLE),
        (PROMPTS, "prompts:\n", CIRCLE_PROMPTS),
        (PROMPTS, ACCOUNTS_SAY, "余额查询请按2，更多请按3。"),
    ],
    "F034": [(HOTLINE, "kind: complaint", "kind: suggestion")],
    "F035": [(HOTLINE, "kind: consult, auth: none", "kind: query, queue: general, auth: identified")],
    "F036": [(HOTLINE, "agent: {queue: general}\n", "")],
    "F037": [(HOTLINE, "elderly: \"9\"", "elderly: \"99\"")],
    "F038": [(HOTLINE, "hours: service", "hours: always")],
    "F039": [(HOTLINE, "hours: always", "hours: service")],
    "F040": [(HOTLINE, "handoff: {auth: identified}", "handoff")],
    "F041": [(HOTLINE, "    kind: query\n    queue: general\n", "    kind: query\n")],
    "F042": [(HOTLINE, "steps: [say: opening_info], ", "")],
    "F043": [(HOTLINE, "steps: [say: opening_info], ", "steps: [say: opening_info], queue: general, ")],
    "F044": [(HOTLINE, ", compliance: [HB 7.1.1]", "")],
    "F150": [(AGENTS, "queues:\n", "callbacks: {tries: 2}\nqueues:\n")],
    "F151": [(AGENTS, "general: {", "general: {callback: true, ")],
    "F152": [(AGENTS, "general: {", "general: {message: true, ")],
    "F050": [(AGENTS, "{general: 0, elderly: 1}", "{general: 0}")],
    "F051": [
        (AGENTS, "agents:\n", "  idle: {label: 闲置}\nagents:\n"),
        (AGENTS, "elderly: 1}", "elderly: 1, idle: 1}"),
    ],
    "F052": [(PROMPTS, "正在转接，通话将录音。", "正在转接。")],
    "F053": [(PROMPTS, "正在转接，请稍候。", "正在转接，会录音。")],
    "F054": [(PROMPTS, "正在转接，通话将录音。", "正在为您转接人工座席，为了服务质量通话将录音。")],
    "F055": [(AGENTS, "agents:\n", 'agents:\n  "1002": {name: 王五}\n')],
    "F060": [(PROMPTS, "  fault:", "  faults:")],
    "F061": [(PROMPTS, "  opening_info: 开户请带身份证。", '  opening_info: ""')],
    "F062": [(PROMPTS, "开户请带身份证。", '"开户请带{papers:count}份证件。"')],
    "F063": [(PROMPTS, "goodbye: {kind: goodbye", "goodbye: {kind: info")],
    "F064": [(PROMPTS, "开户请带身份证。", "这个我不知道。")],
    "F065": [(PROMPTS, "您好，欢迎致电示例银行，", "欢迎致电示例银行，")],
    "F066": [(PROMPTS, "感谢您的来电，再见。", "感谢您的来电。")],
    "F067": [(PROMPTS, '银行，人工服务时间为{hours:service}。"', '银行。"')],
    "F068": [(PROMPTS, "开户请带身份证。", LONG)],
    "F069": [(PROMPTS, ACCOUNTS_SAY, f"{LONG[:60]}，{ACCOUNTS_SAY}")],
    "F070": [(PROMPTS, "  opening_info:", "  spare: 多余。\n  opening_info:")],
    "F071": [(HOURS, "calendars:\n", "calendars:\n  night: {weekly: {mon-sun: [\"20:00-22:00\"]}}\n"),
             (AGENTS, "hours: service", "hours: night")],
    "F120": [(HOTLINE, "bank: 示例银行", "bank：示例银行")],
    "F121": [(PROMPTS, "开户须知请按1，余额", "开户须知请按“1”，余额")],
    "F130": [(HOURS, '"08:30-18:00"', '"08:30-17:59"')],
    "F131": [(HOTLINE, 'numbers: ["95000"]', 'numbers: ["95000", "95000"]')],
    "F072": [(PROMPTS, "开户请带身份证。", "请记住2024。")],
    "F073": [(PROMPTS, "请说，或按键。", "请直接说出您需要的服务，您也可以按照提示按键选择。")],
    "F074": [(PROMPTS, "银行，老年人请按9。", "银行。")],
    "F080": [(HOURS, '"08:30-18:00"', '"18:00-08:30"')],
    "F081": [(HOURS, "mon-fri: [", "mon: [], mon-fri: [")],
    "F082": [(HOURS, "2026-10-01..2026-10-07", "2026-02-30")],
    "F083": [(HOURS, ", sat-sun: [\"09:00-17:00\"]", "")],
    "F084": [(HOURS, "Asia/Shanghai", "Asia/Beijing")],
    "F090": [(CALLERS, "callers:\n", 'callers:\n  - {number: "+8613800000006", born: 1950-03-01}\n')],
    "F091": [(AGENTS, "hours: always", "hours: service")],
    "F092": [(HOTLINE, "age: 60", "age: 80")],
    "F093": [(HOTLINE, "age: 60", "age: 60, timeout_factor: 1")],
    "F094": [
        (HOTLINE, 'elderly: "9"', 'elderly: "2"'),
        (HOTLINE, '{key: "2", label: 投诉', '{key: "4", label: 投诉'),
        (HOTLINE, '{key: "2", label: 投诉', '{key: "4", label: 投诉'),
        (HOTLINE, '{key: "2", label: 余额查询', '{key: "4", label: 余额查询'),
        *((PROMPTS, f"{label}请按2", f"{label}请按4") for label in ("投诉", "投诉", "余额查询")),
        *((PROMPTS, f"{label}请按9", f"{label}请按2") for label in ("老年人", "老年人", "老年人专线")),
    ],
    "F100": [(KNOWLEDGE, "source: 热线菜单, owner: 客服中心}\n  agent", "owner: 客服中心}\n  agent")],
    "F101": [(KNOWLEDGE, ", owner: 运营部, valid_from", ", valid_from")],
    "F102": [(KNOWLEDGE, "valid_to: 2099-12-31", "valid_to: 2026-06-30")],
    "F103": [(KNOWLEDGE, "valid_to: 2099-12-31", "valid_to: 2025-12-31")],
    "F104": [(KNOWLEDGE, "我想开个户, ", "我想开个户, 我想，开个户！, ")],
    "F105": [(KNOWLEDGE, "叫客服, ", "叫客服, 办卡带啥证件？, ")],
    "F106": [(KNOWLEDGE, "answer: [opening_info]", "answer: [opening_info], leaf: opening")],
    "F107": [(HOTLINE, "  closed:\n", CHAIN), (HOTLINE, "leaves:\n", DEEPER), (PROMPTS, "prompts:\n", CHAIN_PROMPTS),
             (PROMPTS, ACCOUNTS_SAY, "余额查询请按2，更多请按3。"), (KNOWLEDGE, "leaf: opening", "leaf: far")],
    "F108": [(KNOWLEDGE, "least_questions: 3", "least_questions: 4")],
    "F110": [(KNOWLEDGE, "answer: [opening_info]", "answer: [closed_greeting]")],
    "F111": [(HOTLINE, "listen: [opening,", "listen: [openning,")],
    "F113": [(PROMPTS, "  not_that: {kind: notice, text: 好的，请您再说一次。}\n", "")],
    "F114": [(HOTLINE, ", purpose: 核对是哪张卡", "")],
    "F115": [(HOTLINE, "slot: last4", "slot: last5")],
    "F116": [(PROMPTS, "查询余额需要核实身份。", '"核实尾号{card:amount}的卡。"')],
    "F117": [(HOTLINE, ASK_STEP, TWICE + ASK_STEP)],
    "F118": [(HOTLINE, "purpose: 核对是哪张卡", "purpose: 核对是哪张卡, personal: false")],
    "F119": [(HOTLINE, "purpose: 核对是哪张卡", "purpose: 核对是哪张卡, when: past")],
    "F160": [(HOTLINE, "steps: [say: opening_info]", "say: [opening_info]")],
    "F161": [(HOTLINE, "steps: [say: opening_info]", "steps: [say: opening_info], say: [opening_info]")],
    "F162": [(HOTLINE, SAY_STEP, "      - sya: balance_info\n")],
    "F163": [(HOTLINE, SAY_STEP, "      - say\n")],
    "F164": [(HOTLINE, HANDOFF_STEP, HANDOFF_STEP + SAY_STEP)],
    "F165": [(HOTLINE, SAY_STEP, "      - bank: {do: holdings}\n")],
    "F166": [(HOTLINE, SAY_STEP, "      - bank: {do: report_loss, with: {account: card}}\n")],
    "F167": [(HOTLINE, SAY_STEP, "      - bank: {do: balance}\n")],
    "F168": [(HOTLINE, SAY_STEP, "      - bank: {do: balance, with: {acount: card}}\n")],
    "F169": [(HOTLINE, SAY_STEP, "      - bank: {do: holdings, refused: {tired: [balance_info]}}\n")],
    "F170": [(HOTLINE, SAY_STEP, "      - say: {each: rows, prompts: [balance_info]}\n")],
    "F171": [(HOTLINE, "purpose: 核对是哪张卡", "purpose: 核对是哪张卡, of: [debit]")],
    "F172": [(HOTLINE, SAY_STEP, "      - verify\n" + SAY_STEP)],
    "F180": [(ANNOUNCEMENTS, "ends_at: 2098-12-01 06:00", "ends_at: 2098-12-01 00:00")],
    "F181": [(ANNOUNCEMENTS, "publish_at: 2098-11-30 00:00", "publish_at: 2098-11-30 00:01")],
    "F182": [(ANNOUNCEMENTS, "    systems: [net]\n", "")],
    "F183": [(ANNOUNCEMENTS, "    queues: true\n    menu: true\n", "    menu: false\n")],
    "F184": [(ANNOUNCEMENTS, f"2098-{day}", f"2025-{day}") for day in ("11-30", "12-01", "12-01")],
    "F185": [(ANNOUNCEMENTS, "menu: true", "menu: false")],
    "F186": [(ANNOUNCEMENTS, "announcements:\n", f"announcements:\n{AGAIN}"), (PROMPTS, "将于今晚", LONG[:44])],
    "F190": [(EMERGENCY, "warn: {}, respond: {}, handle: {}, recover: {}", "warn: {}, respond: {}, handle: {}")],
    "F191": [(EMERGENCY, "level: general, tell", "level: generl, tell")],
    "F192": [(EMERGENCY, "level: general, tell: [lead]", "level: general, tell: [leed]")],
    "F193": [(EMERGENCY, "handle: {queues: [elderly]}", "handle: {queues: []}")],
    "F194": [(EMERGENCY, "handle: {queues: [elderly]}", "handle: {queues: [elderly], others: callback}")],
    "F195": [(PROMPTS, "  emergency_agents: {kind: notice, text: 抱歉，这项人工服务暂停。}\n", "")],
    "F196": [(EMERGENCY, "  site_lost:", "  data_leak:")],
    "F197": [(EMERGENCY, "lead: {mail: lead@bank.example}", "lead: {mail: lead@bank.example}\n  duty: {}")],
    "F198": [(EMERGENCY, 'drills: {every_days: 90, callers: ["+8613800009999"]}', "drills: {every_days: 90}")],
    "F210": [(HOTLINE, ", retention: call", "")],
    "F211": [(HOTLINE, "retention: call", "retention: record")],
    "F220": [(HOTLINE, "reason: 首次发布\n", "")],
    "F212": [(HOTLINE, "leaves:\n", "recording: {consent: true}\nleaves:\n")],
    "F109": [(KNOWLEDGE, "questions: [我想开个户, ", f"questions: [{MANY}, ")],
    "F200": [(COMPLAINTS, small.COMPLAINTS[small.COMPLAINTS.index("grades:"):], "")],
    "F201": [(COMPLAINTS, "usual: {label: 一般,", "usual: {label: 一般, when: [{repeated: 2}],")],
    "F202": [(COMPLAINTS, ", when: [{amount: 50000}, {kinds: [fees], words: [媒体]}]", "")],
    "F203": [(COMPLAINTS, ", owner: 处理岗", "")],
    "F204": [(COMPLAINTS, "decide: 15天", "decide: 15个工作日")],
    "F205": [(COMPLAINTS, "decide: 7天", "decide: 16天")],
    "F206": [(HOURS, "until: 2099-12-31", "until: 2026-01-01")],
    "F207": [(COMPLAINTS, "[{amount: 50000}, ", "[{}, ")],
    "F208": [(COMPLAINTS, small.COMPLAINTS[small.COMPLAINTS.index("next"):small.COMPLAINTS.index("remedies")], "")],
    "F209": [(COMPLAINTS, "  fees: {label: 收费, right: fairness}\n",
              "  fees: {label: 收费}\n" + "".join(f"  k{n}: {{label: 第{n}类}}\n" for n in range(8)))],
    "F230": [(QUALITY, "points: 30", "points: 31")],
    "F231": [(QUALITY, "manner: {", "promise: {")],
    "F232": [(QUALITY, "yes_no: true, critical: true", "yes_no: true")],
    "F233": [(QUALITY, "passing: 70", "passing: 86")],
}  # fmt: skip


def make(code: str, folder: Path) -> None:
    """Write the small hotline with the mistake of `code`."""
    small.write(folder)
    match code:
        case "F001":
            (folder / HOURS).unlink()
        case "F002":
            (folder / HOURS).unlink()
            (folder / HOURS).mkdir()
        case "F003":
            (folder / PROMPTS).write_bytes(small.PROMPTS.encode("gb18030"))
        case "F009":
            (folder / "prompt.yaml").write_text("prompts: {}\n", encoding="utf-8")
        case "F112":
            (folder / KNOWLEDGE).unlink()
        case _:
            for file, old, new in EDITS[code]:
                small.edit(folder, file, old, new)
