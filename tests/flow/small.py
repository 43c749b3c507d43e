"""A small valid hotline, as text: what the tests edit to make each finding appear."""

from __future__ import annotations

from pathlib import Path

HOTLINE = """\
bank: 示例银行
numbers: ["95000"]
languages: [zh]
author: 张三
reason: 首次发布
keys: {repeat: "#", back: "*", agent: "0", elderly: "9"}
no_input: 5s
misses: {rephrase: 1}
agent: {queue: general}
elderly: {queue: elderly, age: 60, route: queue, callers: elderly-callers.yaml}
entries:
  - {hours: service, greeting: [greeting], menu: main}
  - {hours: always, greeting: [closed_greeting], menu: closed, closed: true}
menus:
  main:
    prompt: main_menu
    listen: true
    options:
      - {key: "1", label: 账户服务, menu: accounts}
      - {key: "2", label: 投诉, leaf: complaint}
      - {key: "3", label: 综合服务, handoff: general}
  accounts:
    prompt: accounts_menu
    no_input: 8s
    listen: [opening, agent]
    options:
      - {key: "1", label: 开户须知, leaf: opening}
      - {key: "2", label: 余额查询, leaf: balance}
  closed:
    prompt: closed_menu
    options:
      - {key: "1", label: 开户须知, leaf: opening}
      - {key: "2", label: 投诉, leaf: complaint}
leaves:
  opening: {label: 开户须知, kind: consult, auth: none, steps: [say: opening_info], compliance: [HB 7.1.1]}
  balance:
    label: 余额查询
    kind: query
    queue: general
    compliance: [HB 7.1.4]
    steps:
      - ask: {id: card, slot: last4, prompt: card_ask, retention: call, purpose: 核对是哪张卡}
      - say: balance_info
      - handoff: {auth: identified}
  complaint:
    {label: 投诉, kind: complaint, queue: general, compliance: [CBA 十(4)],
     steps: [handoff: {reason: complaint, auth: identified}]}
"""

HOURS = """\
timezone: Asia/Shanghai
calendars:
  service:
    weekly: {mon-fri: ["08:30-18:00"], sat-sun: ["09:00-17:00"]}
    holidays: [{date: 2026-10-01..2026-10-07, name: 国庆节, open: []}]
    workdays: [{date: 2026-10-10, name: 国庆节调休, as: mon}]
  office: {until: 2099-12-31, weekly: {mon-fri: ["09:00-17:00"], sat-sun: []}}
"""

AGENTS = """\
queues:
  general: {label: 综合业务, hours: service, wait: 60s, ring: 15s, wrapup: 5s, announce: 30s, record: true}
  elderly: {label: 老年人专线, hours: always, priority: 10}
agents:
  "1001": {name: 李四, queues: {general: 0, elderly: 1}}
"""

PROMPTS = """\
prompts:
  greeting: {kind: greeting, text: 您好，欢迎致电示例银行，老年人请按9。}
  closed_greeting: {kind: greeting, text: "您好，老年人请按9，示例银行，人工服务时间为{hours:service}。"}
  main_menu: {kind: menu, text: 账户服务请按1，投诉请按2，综合服务请按3。}
  accounts_menu: {kind: menu, text: 开户须知请按1，余额查询请按2。}
  closed_menu: {kind: menu, text: 开户须知请按1，投诉请按2。}
  opening_info: 开户请带身份证。
  balance_info: 查询余额需要核实身份。
  card_ask: {kind: question, text: 请输入卡号后四位。}
  keys: {kind: menu, text: 重听请按井号键，返回请按星号键，人工服务请按0，老年人专线请按9。}
  no_input: 没有听到您的按键。
  no_match: 这个按键没有对应的服务。
  agent_offer: {kind: question, text: 人工服务请按0。}
  handing_over: 正在为您转接人工。
  after_leaf: {kind: menu, text: 重听请按井号键，返回请按星号键，人工服务请按0，结束通话请挂机。}
  transferring: {kind: notice, text: 正在转接，通话将录音。}
  transferring_unrecorded: {kind: notice, text: 正在转接，请稍候。}
  agents_closed: {kind: notice, text: "人工服务时间为{hours:service}。"}
  queue_position: "您前面还有{ahead:count}位客户，请稍候。"
  queue_next: 您是下一位，请稍候。
  queue_wait: "预计等待{minutes:count}分钟。"
  queue_timeout: {kind: notice, text: 抱歉，座席正忙。}
  queue_empty: {kind: notice, text: 抱歉，目前没有座席在线。}
  queue_full: {kind: notice, text: 抱歉，排队人数已满。}
  queue_offer: {kind: question, text: 继续等待请按1，回到主菜单请按2，结束通话请按3。}
  agent_number: 工号
  agent_service: 为您服务。
  agent_left: {kind: notice, text: 座席已结束通话。}
  goodbye: {kind: goodbye, text: 感谢您的来电，再见。}
  capacity: {kind: notice, text: 您好，线路繁忙，请稍后再拨，再见。}
  app_down: {kind: notice, text: 抱歉，自助服务暂时不可用，正在转接人工。}
  fault: {kind: notice, text: 抱歉，系统出错，正在转接人工。}
  say_or_press: {kind: menu, text: 请说，或按键。}
  not_understood: {kind: notice, text: 抱歉，没有听懂。}
  not_that: {kind: notice, text: 好的，请您再说一次。}
  which_head: {kind: question, text: 请问您需要哪一项？}
  press_1: {kind: question, text: 请按1。}
  press_2: {kind: question, text: 请按2。}
  which_none: {kind: question, text: 都不是请按3。}
  yes_no_say: {kind: question, text: 是，请说是或按1；不是，请说不是或按2。}
  yes_no_keys: {kind: question, text: 是请按1，不是请按2。}
  speech_down: {kind: notice, text: 抱歉，现在请您按键选择。}
  slower: {kind: notice, text: 好的，我说慢一点。}
  answer_keys: {kind: question, text: 输完请按井号键，人工服务请按0再按井号键。}
  answer_again: {kind: notice, text: 抱歉，请您再来一次。}
  corrected: {kind: notice, text: 好的，我们再来一次。}
  net_bank_notice: {kind: notice, text: 网上银行将于今晚暂停服务。}
  emergency_surge: {kind: notice, text: 目前来电较多。}
  emergency_agents: {kind: notice, text: 抱歉，这项人工服务暂停。}
  confirm_last4: {kind: question, text: "后四位是{last4:digits}，对吗？"}
"""

CALLERS = """\
callers:
  - {number: "+8613800000006", born: 1950-03-01}
"""

BANNED = """\
words: [不知道, 不归我管]
"""

KNOWLEDGE = """\
least_questions: 3
intents:
  opening: {question: 开户要带什么, leaf: opening, questions: [我想开个户, 办卡带啥证件, 新开一个账户], source: 账户管理办法, owner: 运营部, valid_from: 2026-01-01, valid_to: 2099-12-31}
  accounts: {question: 账户业务, menu: accounts, questions: [我账户的事, 户头的问题, 账户方面], source: 热线菜单, owner: 客服中心}
  agent: {question: 转人工服务, label: 人工, handoff: general, questions: [找个真人, 叫客服, 要人接], source: 热线菜单, owner: 客服中心}
  papers: {question: 有哪些有效证件, answer: [opening_info], questions: [护照行吗, 驾照可以不, 户口本能用吗], source: 账户管理办法, owner: 运营部}
"""  # noqa: E501 an entry is one line

ANNOUNCEMENTS = """\
announcements:
  net_bank:
    kind: maintenance
    systems: [net]
    prompt: net_bank_notice
    publish_at: 2098-11-30 00:00
    starts_at: 2098-12-01 00:00
    ends_at: 2098-12-01 06:00
    queues: true
    menu: true
"""

EMERGENCY = """\
kinds:
  surge:
    general:
      label: 一般
      warn: {tell: [lead]}
      respond: {announcement: [emergency_surge], tell: [lead]}
      handle: {announcement: [emergency_surge], queues: [elderly], capacity: 20}
      recover: {}
  staff_lost:
    general: {label: 一般, warn: {}, respond: {}, handle: {queues: [elderly]}, recover: {}}
  site_lost:
    general: {label: 一般, warn: {}, respond: {}, handle: {}, recover: {}}
contacts:
  lead: {mail: lead@bank.example}
detectors:
  surge: {threshold: 100, kind: surge, level: general, tell: [lead]}
drills: {every_days: 90, callers: ["+8613800009999"]}
"""

COMPLAINTS = """\
working_days: office
acknowledge: 5个工作日
decide: 15天
complex: 30天
extension: 90天
handler: {name: 投诉处理岗, phone: "95000"}
next_level: {name: 消费者权益保护部, phone: "010-88886666"}
remedies: 可以申请核查、调解、仲裁或者诉讼。
queue: general
kinds:
  fees: {label: 收费, right: fairness}
  staff: {label: 服务态度}
grades:
  major:
    {label: 重大, when: [{amount: 50000}, {kinds: [fees], words: [媒体]}], script: 报告。, owner: 主管, decide: 7天}
  usual: {label: 一般, script: 先致歉。, owner: 处理岗}
"""

QUALITY = """\
title: 通话质量
good: 85
passing: 70
sections:
  - label: 红线
    items:
      promise: {words: 没有承诺收益, yes_no: true, critical: true}
  - label: 服务
    items:
      number: {words: 主动报工号, points: 20, yes_no: true, clause: HB 7.1.3, help: 接通后三秒内}
      manner: {words: 礼貌用语, points: 30}
      answer: {words: 回答正确, points: 50, critical: true}
"""

#: The text of the prompt `keys`.
KEYS = "重听请按井号键，返回请按星号键，人工服务请按0，老年人专线请按9。"

FILES = {
    "hotline.yaml": HOTLINE,
    "hours.yaml": HOURS,
    "agents.yaml": AGENTS,
    "prompts.yaml": PROMPTS,
    "elderly-callers.yaml": CALLERS,
    "banned-words.yaml": BANNED,
    "knowledge.yaml": KNOWLEDGE,
    "announcements.yaml": ANNOUNCEMENTS,
    "emergency.yaml": EMERGENCY,
    "complaints.yaml": COMPLAINTS,
    "quality.yaml": QUALITY,
}


def write(folder: Path) -> Path:
    """Write the small hotline under `folder`, made where missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def speech_unavailable(folder: Path) -> Path:
    """Write the small hotline under `folder` with no menu that listens."""
    write(folder)
    for listen in ("    listen: true\n", "    listen: [opening, agent]\n"):
        edit(folder, "hotline.yaml", listen, "")
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file, which must be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{file} holds no {old!r}")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
