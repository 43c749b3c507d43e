"""The codes of what goes on around the menus: announcements (F180 on), emergencies (F190 on), complaints (F200 on),
personal data (F210 on), publishing (F220 on). The same register as `ivr.flow.codes`."""

from __future__ import annotations

from ivr.flow.codes import error, warning

# Announcements
ANNOUNCEMENT_ORDER = error(
    "F180",
    "公告的时间颠倒",
    "公告「{announcement}」的时间不对：publish_at 播报在前，starts_at 开始居中，ends_at 结束在后",
    "HB 4.5.7",
)
MAINTENANCE_LATE = error(
    "F181",
    "维护公告没有提前二十四小时",
    "维护公告「{announcement}」只提前了 {hours} 小时，要提前二十四小时；"
    "来不及的由应急负责人标注：ivr announcements emergency",
    "HB 4.5.9",
)
MAINTENANCE_OF_WHAT = error(
    "F182",
    "维护公告没有写系统",
    "维护公告「{announcement}」没有写维护什么（systems：phone、net、mobile）",
    "HB 4.5.9, 8.3.4",
)
ANNOUNCEMENT_SILENT = error(
    "F183", "公告没有地方播报", "公告「{announcement}」没有地方播报：menu、leaves、queues 至少写一个", "HB 4.5.7"
)
ANNOUNCEMENT_OVER = warning(
    "F184", "公告过期", "公告「{announcement}」到 {moment} 为止，已经过期，不再播报；请删除", "HB 4.5.7"
)
MAINTENANCE_HIDDEN = warning(
    "F185",
    "维护公告不是人人听得到",
    "维护公告「{announcement}」不在菜单之前播报，多数客户听不到；请写 menu: true",
    "HB 4.5.9, 8.3.4",
)
ANNOUNCEMENTS_LONG = warning(
    "F186",
    "同时播报的公告太长",
    "到公告「{announcement}」为止，菜单之前同时播报约 {seconds} 秒的公告，请控制在 {most} 秒以内",
    "CBA 二十, HB 7.4.2",
)

# Emergencies
PHASE_MISSING = error(
    "F190",
    "应急预案缺少阶段",
    "{where}没有写{about}阶段（{name}），每个级别都要有预警、响应、处置、恢复四个阶段",
    "CBA 三十五",
)
LEVEL_UNKNOWN = error(
    "F191",
    "监测所报的级别不存在",
    "监测「{detector}」预警为{kind}的「{level}」级，预案里没有这个级别{near}",
    "CBA 三十五",
)
CONTACT_UNKNOWN = error(
    "F192", "联系人不存在", "emergency.yaml 的 contacts 里没有名叫「{name}」的联系人{near}", "CBA 三十六"
)
ELDERLY_NOT_KEPT = warning(
    "F193",
    "应急期间老年客户到不了人工",
    "{where}没有保留老年专线「{queue}」，老年客户一键转接找不到人；只要还有座席，请保留它",
    "CBA 二十二, 三十五",
)
EMERGENCY_CALLBACKS = error(
    "F194",
    "应急改为回电，而回电没有设好",
    "{where}写了 others: callback，可是 agents.yaml 没有写 callbacks",
    "CBA 三十五",
)
EMERGENCY_PROMPT = error("F195", "缺少应急用的提示语", "{where}缺少提示语「{name}」：{use}", "HB 7.2.2, CBA 三十七")
KINDS_MISSING = warning("F196", "应急预案缺少类别", "应急预案没有写{kinds}", "CBA 三十四")
CONTACT_EMPTY = error("F197", "联系人没有联系方式", "联系人「{contact}」的 mail、webhook 至少写一个", "CBA 三十六")
DRILL_ALONE = warning(
    "F198",
    "没有写谁参加演练",
    "没有写参加演练的电话（drills 的 callers 或 numbers）：演练只进入这些电话，不打扰其他客户，不写就没有一通演练来电",
    "CBA 三十九",
)

# Personal data
NO_RETENTION = warning(
    "F210",
    "提问没有写保存多久",
    "提问{where}没有写 retention：call 只在通话中使用、不保存，或 record 随通话记录保存",
    "CBA 二十九, 三十",
)
KEPT_PERSONAL = error(
    "F211",
    "个人信息的回答要保存",
    "提问「{name}」问的是个人信息，回答的文字和声音一概不保存：retention 只能写 call",
    "CBA 十三, 三十",
)
CONSENT_PROMPT = error(
    "F212",
    "缺少征求录音同意的提示语",
    "recording 里写了 consent: true，缺少提示语「recording_consent」，例如：需要录音，同意请按1，不同意请按2",
    "CBA 二十九",
)

# Publishing
NO_REASON = warning(
    "F220",
    "没有写修改原因",
    "没有写{name}：每次修改由谁、为什么修改都要存档，请在 hotline.yaml 开头写上",
    "HB 12.2.2",
)
