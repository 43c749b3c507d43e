"""Which pictures there are, and which pages have none, with the reason. Pure: a test walks the routes over it without a
browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """`page` is the route's path ("" for what is no page of the registry), `at` the address, with what the day's sample
    names in braces; `who` looks at it, None who is not signed in; `do` is what is done there first (`steps.STEPS`);
    `upright`: read on the way, so shown as on a telephone too; `answers`: with which status."""

    name: str
    title: str
    page: str
    at: str = ""
    who: str | None = "lin"
    do: str = ""
    upright: bool = False
    answers: int = 200

    @property
    def address(self) -> str:
        """Where it is."""
        return self.at or self.page


PICTURES: tuple[Picture, ...] = (
    Picture("sign-in", "登录", "", "/sign-in", None, upright=True),
    Picture("sign-in-wrong", "密码不对", "", "/sign-in", None, "wrong_password"),
    Picture("now", "现场", "/now", upright=True),
    Picture("now-supervise", "监听、密语、强插", "/now", do="supervise"),
    Picture("now-menu", "菜单里的来电", "/now/menu"),
    Picture("now-calls", "进行中的来电", "/now/calls"),
    Picture("now-call", "一通进行中的来电", "/now/calls/{call_id}", "/now/calls/t0"),
    Picture(
        "now-call-whole", "一通进行中的来电：号码和原话", "/now/calls/{call_id}/whole", "/now/calls/t0/whole", "qian"
    ),
    Picture("wall", "大屏", "/wall"),
    Picture("desk-nobody", "没有座席工号", "/desk", who="nobody"),
    Picture("desk", "座席：等候来电", "/desk", who="lijing", do="desk_phone"),
    Picture("desk-browser", "座席：浏览器里的话机", "/desk", who="lijing"),
    Picture("desk-rings", "座席：振铃，来电客户已显示", "/desk", who="lijing", do="desk_rings"),
    Picture("desk-talk", "座席：通话", "/desk", who="lijing", do="desk_talks"),
    Picture("desk-wrap-up", "座席：事后处理", "/desk", who="lijing", do="desk_wraps_up"),
    Picture("calls", "通话", "/calls", upright=True),
    Picture("calls-of-number", "按号码查找", "/calls", who="qian", do="by_number"),
    Picture("calls-worst", "最不顺的通话", "/calls/worst"),
    Picture("call", "一通电话", "/calls/{call_id}", "/calls/{call}", upright=True),
    Picture("call-whole", "一通电话：号码和原话", "/calls/{call_id}/whole", "/calls/{call}/whole", "qian"),
    Picture("call-listen", "一通电话：录音", "/calls/{call_id}/listen", "/calls/{call}/listen", "qian", "step"),
    Picture("call-test", "一通电话做成测试", "/calls/{call_id}/test", "/calls/{keyed}/test", "sun"),
    Picture("call-scored", "一通电话：质量评分", "/calls/{call_id}", "/calls/{scored}", "qian"),
    Picture(
        "call-score", "质量评分", "/calls/{call_id}/score/{agent}", "/calls/{to_score}/score/{to_score_agent}", "qian"
    ),
    Picture("menus", "菜单", "/menus", who="zhang"),
    Picture("menus-place", "菜单里的一处", "/menus/places/{node}", "/menus/places/menu:main", "zhang"),
    Picture("menus-edit", "编辑菜单", "/menus/edit", "/menus/edit?file=hotline.yaml&go=main", "zhang", "editor"),
    Picture(
        "menus-edit-wrong",
        "编辑菜单：检查指出错处",
        "/menus/edit",
        "/menus/edit?file=hotline.yaml&go=main",
        "zhang",
        "editor_wrong",
    ),
    Picture("menus-form", "用表单改菜单", "/menus/forms/{place}", "/menus/forms/menu:accounts", "zhang"),
    Picture("menus-form-hours", "用表单改营业时间", "/menus/forms/{place}", "/menus/forms/hours:service", "zhang"),
    Picture("menus-drafts", "草稿与发布", "/menus/drafts", who="li"),
    Picture("menus-draft", "复核草稿", "/menus/drafts/{draft}", "/menus/drafts/{draft}", "li", upright=True),
    Picture("menus-merge", "把过时的草稿合并到现在的版本", "/menus/merge", "/menus/merge?draft={stale}", "zhang"),
    Picture("menus-publication", "一次发布", "/menus/publications/{number}", "/menus/publications/{publication}", "li"),
    Picture("menus-try", "试走：开始", "/menus/try", who="zhang"),
    Picture("menus-try-walk", "试走", "/menus/try", who="zhang", do="simulate"),
    Picture(
        "menus-heard",
        "某时会听到什么",
        "/menus/heard",
        "/menus/heard?at=2027-02-06T10:00&also=2027-02-08T10:00",
        "zhang",
    ),
    Picture("menus-prompts", "提示语", "/menus/prompts", who="li"),
    Picture("menus-prompt", "一条提示语", "/menus/prompts/{prompt}", "/menus/prompts/greeting", "li"),
    Picture("knowledge", "知识", "/knowledge", who="li"),
    Picture("knowledge-try", "知识：一句话会被当作什么", "/knowledge", who="zhou", do="try_sentence"),
    Picture("knowledge-intent", "知识：一个意图", "/knowledge/{id}", "/knowledge/account_balance", "zhou"),
    Picture(
        "knowledge-effect",
        "知识：新问法会改变什么",
        "/knowledge/{id}",
        "/knowledge/account_balance",
        "zhou",
        "new_questions",
    ),
    Picture("labels", "标注", "/labels", who="zhou"),
    Picture("labels-walk", "标注一条", "/labels/walk", "/labels/walk?plan={plan}", "zhou"),
    Picture("labels-agreement", "标注一致性", "/labels/agreement", "/labels/agreement?plan={plan}", "zhou"),
    Picture("labels-lessons", "从标注学习", "/labels/lessons", who="zhou", do="learn"),
    Picture("figures", "指标", "/figures", who="wu"),
    Picture("figures-one", "一项指标", "/figures/of/{id}", "/figures/of/cba.service_level_20s", "wu"),
    Picture(
        "figures-calls",
        "指标背后的通话",
        "/figures/of/{id}/calls",
        "/figures/of/cba.service_level_20s/calls?from=2026-11-19&to=2026-11-25",
        "wu",
    ),
    Picture("figures-compliance", "合规报告", "/figures/compliance", who="wu"),
    Picture("complaints", "投诉", "/complaints", who="zhao", upright=True),
    Picture("complaint", "一件投诉", "/complaints/{id}", "/complaints/{complaint}", "zhao", upright=True),
    Picture(
        "complaint-decide", "一件投诉：作决定", "/complaints/{id}", "/complaints/{complaint_late}", "zhao", "decide"
    ),
    Picture(
        "complaint-extension",
        "一件投诉：批准延期",
        "/complaints/{id}",
        "/complaints/{complaint_longer}",
        "lin",
        "extend",
    ),
    Picture(
        "complaint-notice", "告知书", "/complaints/{id}/notice/{kind}", "/complaints/{decided}/notice/decision", "zhao"
    ),
    Picture("complaint-listen", "投诉录音", "/complaints/{id}/listen", "/complaints/{complaint}/listen", "zhao"),
    Picture("complaints-causes", "投诉原因分析", "/complaints/causes", who="wu"),
    Picture("work", "待办", "/work", who="zhao", upright=True),
    Picture("work-item", "一件待办", "/work/{id}", "/work/{work}", "zhao", upright=True),
    Picture("work-listen", "留言", "/work/{id}/listen", "/work/{work}/listen", "zhao"),
    Picture("work-callbacks", "待回电", "/work/callbacks", who="zhao", upright=True),
    Picture("work-flagged", "须复核的来电", "/work/flagged", who="qian"),
    Picture("emergencies", "应急", "/emergencies", who="jiang", upright=True),
    Picture("emergency", "一次应急", "/emergencies/{id}", "/emergencies/{emergency}", "jiang", upright=True),
    Picture("emergencies-deliveries", "通知与工单的送达", "/emergencies/deliveries", who="jiang"),
    Picture("announcements", "公告", "/announcements", who="jiang", upright=True),
    Picture("approvals", "待批准", "/approvals", who="qian", upright=True),
    Picture("people", "人员", "/people", who="fang"),
    Picture("person", "一位人员", "/people/{id}", "/people/lijing", "fang"),
    Picture("people-new", "登记人员", "/people/new", who="fang"),
    Picture("people-matrix", "角色与权限", "/people/matrix", who="fang"),
    Picture("audit", "审计", "/audit", who="qian"),
    Picture("audit-verify", "核验审计记录", "/audit/verify", who="qian"),
    Picture("privacy", "隐私", "/privacy", who="fang"),
    Picture("privacy-customer", "一位客户的资料", "/privacy", who="qian", do="customer"),
    Picture("privacy-holds", "法定保全", "/privacy/holds", who="qian"),
    Picture("try", "试拨", "/try", who="sun"),
    Picture("text", "文字对话：开始", "/text", who="sun"),
    Picture("text-talk", "文字对话", "/text/{session}", "/text", "sun", "writes"),
    Picture("chat", "网站上的文字客服", "", "/chat", None, upright=True),
    Picture("chat-talk", "网站上的文字客服：对话", "", "/chat", None, "writes", upright=True),
    Picture("account", "本人", "/account", who="zhao", upright=True),
    Picture(
        "reason",
        "查看前写明原因",
        "/calls/{call_id}/whole",
        "/calls/{scored}/whole",
        "qian",
        "keep_asking",
        answers=403,
    ),
    Picture("refused", "无权查看", "/audit", who="zhou", answers=403),
    Picture("lost", "没有这个页面", "", "/nothing", "lin", answers=404),
)

#: GET routes that have no picture of their own, and why.
WITHOUT: dict[str, str] = {
    "/menus/words": "JSON for the editor's completion",
    "/menus/prompts/{prompt}/sound": "sound",
    "/menus/prompts/{prompt}/waiting": "sound",
    "/calls/{call_id}/sound/{name}": "sound",
    "/calls/{call_id}/turns/{turn_id}/sound": "sound",
    "/calls/{call_id}/test.zip": "a file",
    "/labels/sound/{turn_id}": "sound",
    "/figures/file/{form}": "a file",
    "/figures/chart/{number}": "a chart within the picture of /figures",
    "/figures/of/{id}/course": "a chart within the picture of the indicator",
    "/figures/compliance/file/{form}": "a file",
    "/desk/live": "an event stream",
    "/desk/fragment/caller/{call_id}": "a part of the desk, in its pictures",
    "/desk/fragment/day": "a part of the desk, in its pictures",
    "/desk/fragment/knowledge": "a part of the desk: what a search of the knowledge base found",
    "/try/live": "an event stream",
    "/emergencies/{id}/evidence/{name}": "a file",
    "/complaints/{id}/order": "a file",
    "/complaints/{id}/sound": "sound",
    "/work/{id}/sound": "sound",
    "/audit/file": "a file",
}
