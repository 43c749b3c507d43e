"""The register's rows of what is kept of customers: calls, sound, work for them, complaints."""

from __future__ import annotations

from ivr.records.privacy.data_kind import DataKind
from ivr.records.privacy.retention import Retention

CUSTOMER_DATA: tuple[DataKind, ...] = (
    DataKind(
        "caller",
        "来电人：主叫号码、客户编号",
        "识别来电人，回电，统计重复来电",
        "HB 7.3.2、CBA 十五；为办理客户来电业务所必需",
        Retention.CALLS,
        ("records.list（脱敏）", "records.read"),
        {"call": "caller_number caller_kind customer_id"},
        identifying=("call.caller_number", "call.customer_id"),
    ),
    DataKind(
        "calls",
        "通话过程：时间、菜单、按键、听到的提示语（从不含其中报的金额、号码等）、转接、座席、保持、监听",
        "服务质量指标，争议时还原经过",
        "HB 7.3.3、7.5，CBA 十五",
        Retention.CALLS,
        ("records.list（脱敏）", "records.read"),
        {
            "call": "call_id linkedid parent_call_id source direction channel did t_offered t_answered t_first_prompt"
            " t_ended hangup_by hangup_cause last_prompt_kind flow_revision entry language drill",
            "completed_leaf": "call_id position leaf_id",
            "menu_visit": "call_id position menu_id level t_enter outcome key",
            "handoff": "call_id position t_requested reason t_left outcome refused why t_queued t_ring_first"
            " ring_ms_answering t_connected agent_id agent_id_announced_at queue",
            "agent_leg": "call_id position agent_id t_connected t_released transferred_to acw_ms disposition",
            "hold": "call_id leg position t_start t_end explained",
            "prompts_heard": "call_id prompts",
            "announcement_heard": "call_id position announcement t place whole",
            "supervision": "call_id position supervisor agent_id how t_start t_end",
            "follow_up": "call_id kind position day at ms rank",
            "uncounted_call": "call_id",
        },
    ),
    DataKind(
        "identity",
        "身份核实：方式、次数、结果（从不含所按的数字）",
        "证明核实过身份，发现冒用",
        "HB 7.3.2、CBA 十(5)",
        Retention.CALLS,
        ("records.read",),
        {"verification": "call_id position method attempts outcome t"},
    ),
    DataKind(
        "transactions",
        "交易：种类、结果、银行流水号",
        "交易可追溯，核对结果不明的交易",
        "HB 7.3.3",
        Retention.CALLS,
        ("records.read",),
        {"transaction": "call_id position operation t outcome reference key"},
    ),
    DataKind(
        "dialogue",
        "客户说的或写的话：识别出的或写下的文字（号码已遮盖，个人信息的回答不留文字），答复是否解决了问题",
        "理解客户需要，提高识别准确率",
        "CBA 十七、二十一",
        Retention.CALLS,
        ("transcripts.read",),
        {
            "turn": "call_id position turn_id t_start t_end asr_text asr_conf intent intent_score action barge_in"
            " audio_ref pii corrected resolution"
        },
        identifying=("turn.asr_text", "turn.corrected"),
    ),
    DataKind(
        "labels",
        "标注：人工转写与判断",
        "衡量并提高识别准确率",
        "CBA 二十一",
        Retention.CALLS,
        ("labels.read",),
        {
            "annotation": "call_id turn position turn_id annotator ref_text valid t asr_ok intent_gold intent_ok"
            " interaction_ok"
        },
        identifying=("annotation.ref_text",),
    ),
    DataKind(
        "sampling",
        "标注抽样方案：抽了哪些话轮",
        "说明识别准确率由哪些样本得出",
        "CBA 二十一",
        Retention.LABELS,
        ("labels.read",),
        {
            "sampling_plan": "id t since until n seed method",
            "stratum": "plan position name turns drawn",
            "drawn": "plan position turn_id stratum",
        },
    ),
    DataKind(
        "surveys",
        "满意度评价",
        "服务满意度",
        "HB 11.2、CBA 十五",
        Retention.CALLS,
        ("records.read",),
        {"survey": "call_id position subject invited answered score audio_ref"},
    ),
    DataKind(
        "recordings",
        "通话录音（按密码时静音，客户不同意时不录）",
        "交易与投诉可核查",
        "HB 7.3.3、CBA 十三、五十一(一)；须先告知，设了征求同意的须经客户同意",
        Retention.RECORDINGS,
        ("recordings.listen",),
        {
            "recording_consent": "call_id position given how t",
            "recording": "call_id position ref t_start t_end",
            "muted": "call_id recording position t_start t_end",
        },
        ("asterisk/recordings/*", "listening/*"),
    ),
    DataKind(
        "utterances",
        "标注用的单句录音（keep_audio 打开时）",
        "标注识别是否正确",
        "CBA 二十一、三十",
        Retention.UTTERANCES,
        ("recordings.listen", "labels.listen"),
        {},
        ("utterances/*",),
    ),
    DataKind(
        "elderly_list",
        "老年客户名单：号码、出生日期（流程目录里的名单文件，和正在服务的一份）",
        "来电不用按键就转人工",
        "CBA 十二、二十二",
        Retention.IN_USE,
        ("elderly.show",),
        {},
        ("published/*",),
    ),
    DataKind(
        "work",
        "回电与留言：号码、事由、录音、办理情况",
        "兑现回电承诺，答复留言",
        "CBA 十四、HB 7.1.3",
        Retention.WORK,
        ("work.list（脱敏）", "work.read"),
        {
            "callback": "parent_call_id queue number about priority position t_requested t_asked t_next tries state"
            " call_id t_closed",
            "work_item": "id ref kind call_id queue number about t_received t_due audio ms confirmed t_done done_by"
            " note",
        },
        ("asterisk/messages/*",),
        identifying=("callback.number", "work_item.number"),
    ),
    DataKind(
        "complaints",
        "投诉：各环节时间与结果",
        "投诉按期办结，可回溯",
        "HB 10.2、CBA 五十至五十二",
        Retention.COMPLAINTS,
        ("complaints.read",),
        {
            "complaint": "id received_at accepted_at ack_due due extended_to approved_by acknowledged_at decided_at"
            " notified_at closed_at callback_ok satisfied work_order extension_told_at withdrawn_at",
            "complaint_call": "id position call_id",
            "complaint_case": "id ref via received_at ack_due due state version round call_ids number call_back_number"
            " kind right amount audio ms transcript summary waived grade owner handler contact accepted_at"
            " acknowledged_at decided_at notified_at called_back_at closed_at callback_ok satisfied extension decision"
            " cause merged_into work_order complex extended_by extended_to extension_told_at passed_on_at receipt"
            " receipt_at withdrawn_at",
            "complaint_step": "case_id number kind state person at why detail",
        },
        files=("asterisk/complaints/*",),
        identifying=(
            "complaint_case.number",
            "complaint_case.call_back_number",
            "complaint_case.transcript",
            "complaint_case.summary",
        ),
    ),
    DataKind(
        "drafts_of_complaints",
        "电话里正在留下的投诉",
        "来电中断或程序重启时投诉不丢",
        "CBA 五十一(一)",
        Retention.UNSAVED,
        ("complaints.read",),
        {},
        ("complaint-drafts/*",),
    ),
    DataKind(
        "deliveries",
        "发出的邮件和通知：工单、预警；发送成功之前留有正文",
        "投诉及时传递并有回执，预警送达",
        "CBA 五十一(二)、三十五",
        Retention.WORK,
        ("status.read（不含正文）",),
        {
            "delivery": "key channel target about subject body digest t_asked t_next tries state t_done receipt trouble"
            " t_held"
        },
    ),
    DataKind(
        "people",
        "人员、角色、授权、审批",
        "谁可以做什么，双人复核",
        "CBA 四十二、附件2",
        Retention.IN_USE,
        ("people.read", "approvals.read"),
        {
            "person": "id name agent_id valid_from valid_to secret",
            "os_user": "name person",
            "role_grant": "id person role valid_from valid_to granted_by",
            "approval": "id kind target digest requested_by reason t_requested t_expires decided_by t_decided approved"
            " t_used",
        },
    ),
    DataKind(
        "audit",
        "操作审计：谁、何时、对什么、为什么做了什么（不含号码和客户所说）",
        "可追责；查阅客户资料留痕",
        "CBA 十三、四十二",
        Retention.AUDIT,
        ("audit.read",),
        {"audit": "number t person role os_user action target allowed reason detail previous hash"},
        ("audit-head.json",),
    ),
)
