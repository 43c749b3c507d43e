"""Everything that somebody may do at the hotline, named once. Each command and page names the action that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class WhenEntered(StrEnum):
    """When an action is entered in the audit trail."""

    NEVER = "不留痕"
    ON_REFUSAL = "拒绝时"
    BEFORE = "执行之前"
    WITH_CHANGE = "与改动同一事务"


class Action(StrEnum):
    """What is done. The value is written in the audit trail and never changes."""

    HELP = "help"
    CONSOLE_SIGN_IN = "console.sign_in"
    CONSOLE_SERVE = "console.serve"
    CONSOLE_LINK = "console.link"
    FLOW_READ = "flow.read"
    FLOW_TRY = "flow.try"
    FLOW_PROPOSE = "flow.propose"
    FLOW_REVIEW = "flow.review"
    FLOW_PUBLISH = "flow.publish"
    FLOW_ROLLBACK = "flow.rollback"
    FLOW_PUBLISH_EMERGENCY = "flow.publish_emergency"
    KNOWLEDGE_EDIT = "knowledge.edit"
    PROMPTS_MAKE = "prompts.make"
    ELDERLY_READ = "elderly.read"
    ELDERLY_SHOW = "elderly.show"
    ELDERLY_EDIT = "elderly.edit"
    RECORDS_LIST = "records.list"
    RECORDS_READ = "records.read"
    RECORDS_IMPORT = "records.import"
    RECORDS_EXPORT = "records.export"
    RECORDS_RECOUNT = "records.recount"
    RECORDINGS_LISTEN = "recordings.listen"
    TRANSCRIPTS_READ = "transcripts.read"
    LABELS_READ = "labels.read"
    LABELS_WRITE = "labels.write"
    LABELS_LISTEN = "labels.listen"
    LABELS_PURGE = "labels.purge"
    MODELS_TRAIN = "models.train"
    MODELS_INSTALL = "models.install"
    SCORE_RUN = "score.run"
    REPORTS_READ = "reports.read"
    STATUS_READ = "status.read"
    AGENTS_READ = "agents.read"
    AGENTS_DESK = "agents.desk"
    AGENTS_MANAGE = "agents.manage"
    AGENTS_FOLLOW = "agents.follow"
    AGENTS_SECRETS = "agents.secrets"
    CALLS_SUPERVISE = "calls.supervise"
    HOTLINE_TRY = "hotline.try"
    QUALITY_SCORE = "quality.score"
    WORK_LIST = "work.list"
    WORK_READ = "work.read"
    WORK_CLOSE = "work.close"
    COMPLAINTS_LIST = "complaints.list"
    COMPLAINTS_READ = "complaints.read"
    COMPLAINTS_HANDLE = "complaints.handle"
    COMPLAINTS_DECIDE = "complaints.decide"
    COMPLAINTS_EXTEND_APPROVE = "complaints.extend_approve"
    COMPLAINTS_CLOSE = "complaints.close"
    ANNOUNCEMENTS_READ = "announcements.read"
    ANNOUNCEMENTS_EMERGENCY = "announcements.emergency"
    EMERGENCY_READ = "emergency.read"
    EMERGENCY_LEAD = "emergency.lead"
    EMERGENCY_DRILL = "emergency.drill"
    PEOPLE_READ = "people.read"
    PEOPLE_MANAGE = "people.manage"
    PEOPLE_SECRET = "people.secret"  # noqa: S105 - the name of an action
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    PRIVACY_REGISTER = "privacy.register"
    PRIVACY_SHOW = "privacy.show"
    PRIVACY_ERASE = "privacy.erase"
    PRIVACY_PURGE = "privacy.purge"
    PRIVACY_HOLD = "privacy.hold"
    CONSENTS_NOTE = "consents.note"
    EXPORTS_APPROVE = "exports.approve"
    APPROVALS_READ = "approvals.read"
    BACKUP_MAKE = "backup.make"
    BACKUP_RESTORE = "backup.restore"
    KEYS_MANAGE = "keys.manage"
    NODE_SERVE = "node.serve"
    NODE_CHECK = "node.check"
    BANK_DEMO = "bank.demo"

    @property
    def about(self) -> About:
        """What it is, and what is asked for."""
        return ABOUT[self]

    @property
    def label(self) -> str:
        """What people call it."""
        return ABOUT[self].label

    @property
    def clause(self) -> str:
        """The clause that it is there for, or that restricts it; empty where none does."""
        return ABOUT[self].clause

    @property
    def needs_reason(self) -> bool:
        """Nobody may do it without saying why."""
        return ABOUT[self].needs_reason

    @property
    def open(self) -> bool:
        """Nobody is asked who he is."""
        return ABOUT[self].open

    @property
    def entered(self) -> WhenEntered:
        """When it is entered in the audit trail."""
        return ABOUT[self].entered


@dataclass(frozen=True, slots=True)
class About:
    """What people call an action, when it is entered in the trail, its clause, and what is asked for."""

    label: str
    entered: WhenEntered
    clause: str = ""
    needs_reason: bool = False
    open: bool = False


def _open(label: str) -> About:
    return About(label, WhenEntered.NEVER, open=True)


def _look(label: str, clause: str = "") -> About:
    """Numbers masked, or figures: only refusals are entered."""
    return About(label, WhenEntered.ON_REFUSAL, clause)


def _read(label: str, clause: str = "CBA 十三", *, reason: bool = True) -> About:
    """Personal data are shown, or something outside of the database is done: entered before it happens."""
    return About(label, WhenEntered.BEFORE, clause, reason)


def _do(label: str, clause: str = "") -> About:
    return _read(label, clause, reason=False)


def _change(label: str, clause: str = "", *, reason: bool = False) -> About:
    """The database is changed: entered by the change itself, or not at all."""
    return About(label, WhenEntered.WITH_CHANGE, clause, reason)


ABOUT: Mapping[Action, About] = {
    Action.HELP: _open("查看说明"),
    Action.CONSOLE_SIGN_IN: _open("登录控制台"),
    Action.CONSOLE_SERVE: _open("运行控制台"),
    Action.CONSOLE_LINK: _change("生成一次性登录链接", "CBA 四十二"),
    Action.FLOW_READ: _open("查看和检查菜单文件"),
    Action.FLOW_TRY: _open("试走菜单、试听理解"),
    Action.FLOW_PROPOSE: _change("提交菜单草稿", "CBA 四十三"),
    Action.FLOW_REVIEW: _look("查看草稿与改动", "CBA 四十三"),
    Action.FLOW_PUBLISH: _change("发布菜单（他人提交的）", "CBA 四十三"),
    Action.FLOW_ROLLBACK: _change("退回先前的菜单", "CBA 四十三", reason=True),
    Action.FLOW_PUBLISH_EMERGENCY: _change("紧急发布菜单", "CBA 三十五", reason=True),
    Action.KNOWLEDGE_EDIT: _do("修改知识库", "CBA 二十一"),
    Action.PROMPTS_MAKE: _do("制作提示语录音"),
    Action.ELDERLY_READ: _look("查看老年客户名单（号码遮盖）", "CBA 二十二"),
    Action.ELDERLY_SHOW: _read("查看老年客户的完整号码"),
    Action.ELDERLY_EDIT: _do("维护老年客户名单", "CBA 二十二"),
    Action.RECORDS_LIST: _look("列出通话记录（号码遮盖）"),
    Action.RECORDS_READ: _read("查看一通来电的完整记录和号码"),
    Action.RECORDS_IMPORT: _do("导入通话记录"),
    Action.RECORDS_EXPORT: _read("导出通话记录"),
    Action.RECORDS_RECOUNT: _do("重新计数"),
    Action.RECORDINGS_LISTEN: _read("收听录音"),
    Action.TRANSCRIPTS_READ: _read("查看客户原话"),
    Action.LABELS_READ: _look("查看标注结果与抽样", "CBA 二十一"),
    Action.LABELS_WRITE: _read("标注客户话语", "CBA 二十一", reason=False),
    Action.LABELS_LISTEN: _read("查看和收听供标注的客户话语", "CBA 十三、二十一"),
    Action.LABELS_PURGE: _do("删除过期的话轮录音", "CBA 三十"),
    Action.MODELS_TRAIN: _read("从标注训练知识库", "CBA 二十一", reason=False),
    Action.MODELS_INSTALL: _do("安装识别与合成模型"),
    Action.SCORE_RUN: _do("评测识别准确率", "HB 5.3"),
    Action.REPORTS_READ: _look("查看报表"),
    Action.STATUS_READ: _look("查看运行现状", "CBA 四十四"),
    Action.AGENTS_READ: _look("查看座席状态"),
    Action.AGENTS_DESK: _look("操作本人的座席话机"),
    Action.HOTLINE_TRY: _look("试拨热线"),
    Action.AGENTS_MANAGE: _do("代任何座席签入、示忙、转接"),
    Action.AGENTS_FOLLOW: _do("接收来电弹屏"),
    Action.AGENTS_SECRETS: _do("查看座席话机的密码"),
    Action.CALLS_SUPERVISE: _do("监听、密语、强插", "HB 7.3.3"),
    Action.QUALITY_SCORE: _change("给座席的通话评分", "CBA 十五"),
    Action.WORK_LIST: _look("列出留言和待回电（号码遮盖）"),
    Action.WORK_READ: _read("查看待办的完整号码和内容"),
    Action.WORK_CLOSE: _change("办结待办"),
    Action.COMPLAINTS_LIST: _look("列出投诉（号码遮盖）", "CBA 四十六"),
    Action.COMPLAINTS_READ: _read("查看投诉的完整内容", "CBA 四十六"),
    Action.COMPLAINTS_HANDLE: _change("受理和处理投诉", "CBA 四十六"),
    Action.COMPLAINTS_DECIDE: _change("作出投诉处理决定", "CBA 五十一"),
    Action.COMPLAINTS_EXTEND_APPROVE: _change("批准投诉延期", "HB 10.2.2", reason=True),
    Action.COMPLAINTS_CLOSE: _change("办结投诉", "CBA 五十一"),
    Action.ANNOUNCEMENTS_READ: _look("查看公告", "CBA 三十"),
    Action.ANNOUNCEMENTS_EMERGENCY: _change("发布不足 24 小时的紧急公告", "CBA 三十", reason=True),
    Action.EMERGENCY_READ: _look("查看应急状态", "CBA 三十三"),
    Action.EMERGENCY_LEAD: _change("启动、变更、结束应急", "CBA 三十五", reason=True),
    Action.EMERGENCY_DRILL: _change("应急演练", "CBA 三十七"),
    Action.PEOPLE_READ: _look("查看人员和授权", "CBA 四十二"),
    Action.PEOPLE_MANAGE: _change("登记人员、授予和收回角色", "CBA 四十二"),
    Action.PEOPLE_SECRET: _change("设置本人的密码", "CBA 四十二"),
    Action.AUDIT_READ: _do("查看和导出审计记录", "CBA 十三"),
    Action.AUDIT_VERIFY: _do("核验审计记录", "CBA 十三"),
    Action.PRIVACY_REGISTER: _look("查看资料登记表", "CBA 三十"),
    Action.PRIVACY_SHOW: _read("汇总一位客户的资料"),
    Action.PRIVACY_ERASE: _change("删除一位客户的资料", "CBA 十三", reason=True),
    Action.PRIVACY_PURGE: _change("清除到期资料", "CBA 十三"),
    Action.PRIVACY_HOLD: _change("设置和解除法定保全", "CBA 十三", reason=True),
    Action.CONSENTS_NOTE: _change("登记客户的同意和撤回", "CBA 二十九"),
    Action.EXPORTS_APPROVE: _change("批准导出", "CBA 四十二"),
    Action.APPROVALS_READ: _look("查看待批准事项", "CBA 四十二"),
    Action.BACKUP_MAKE: _do("备份"),
    Action.BACKUP_RESTORE: _read("从备份恢复", ""),
    Action.KEYS_MANAGE: _do("管理录音加密的密钥", "CBA 十三"),
    Action.NODE_SERVE: _open("运行热线和 Asterisk"),
    Action.NODE_CHECK: _open("检查这台机器"),
    Action.BANK_DEMO: _open("运行演示银行（客户都是虚构的）"),
}
