"""What somebody has to see to at once, judged from one look at the node (CBA 四十四); the same thresholds as
monitoring/alerts.yaml, where one look can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.journal.refused import NAME
from ivr.records.model import StateName
from ivr.report.monitoring import live_complaints, live_emergency, live_publishing
from ivr.report.monitoring.exporter import LEAST_FREE, TASKS, Snapshot
from ivr.report.monitoring.load_level import TOLD, LoadLevel

#: Beyond these somebody has to see to it: the first in a queue waits for so long, so many facts are not on the disk. Of
#: fewer first requests than this no service level is complained of.
LONG_WAIT_MS = 60_000
JOURNAL_LAG = 1000
LEAST_DECIDED = 10
#: Below the state folder.
REFUSED = f"journal/{NAME}"
#: An agent in one of these states is at work.
WORKING: tuple[StateName, ...] = ("ready", "ring", "talk", "acw")
SERVICE_LEVEL = INDICATORS["cba.service_level_20s"]


def warnings(now: Snapshot, labels: Mapping[str, str]) -> Iterator[str]:
    """One sentence each, in Chinese; `labels` name the queues."""
    yield from live_emergency.warnings(now.emergency)
    if not now.manager_link:
        yield "与 Asterisk 的管理连接（AMI）中断，座席状态看不到"
    elif not sum(now.agents.get(state, 0) for state in WORKING):
        yield "没有座席在岗"
    if now.recogniser is False:
        yield "语音识别停用，来电只能按键"
    if now.bank is False:
        yield "银行系统没有应答，需要它的业务都转人工"
    if now.load_level:
        yield TOLD[LoadLevel(now.load_level)]
    level = now.live.service_level
    if level.denominator >= LEAST_DECIDED and SERVICE_LEVEL.verdict(level) == "未达标":
        yield f"近 15 分钟服务水平 {percent(level.value)}，低于 {service_level_bound()}"
    for queue, line in now.live.queues.items():
        if line.longest_ms > LONG_WAIT_MS:
            yield f"{labels.get(queue, queue)}排队最长已等 {line.longest_ms / 1000:.0f} 秒"
    for task in now.failing:
        yield f"后台任务「{TASKS.get(task, task)}」出错，会自动重试；原因见 ivr doctor 和日志"
    yield from live_publishing.warnings(now.publishing)
    if now.lost_recordings:
        yield f"{now.lost_recordings} 段录音缺失或损坏，改由合成语音播报；是哪些见 ivr doctor 和日志"
    yield from live_complaints.warnings(now.complaints)
    if now.work_overdue:
        yield f"{now.work_overdue} 项客户留言或回电待办已逾期：ivr messages list"
    if now.disk_free is not None and now.disk_free < LEAST_FREE:
        yield f"状态目录所在的磁盘只剩 {now.disk_free // 1024} KB：记录和日志可能写不下去，请清理磁盘"
    if now.journal_lag > JOURNAL_LAG:
        yield f"日志积压 {now.journal_lag} 条没有落盘"
    if now.refused:
        yield (
            f"{now.refused} 条记录被数据库拒收，另存在状态目录的 {REFUSED}；"
            "改正后用 ivr records import 导入，再删除该文件"
        )


def percent(value: float | None) -> str:
    """A share with one decimal, — where there is none."""
    return "—" if value is None else f"{100 * value:.1f}%"


def service_level_bound() -> str:
    """The least service level that nobody complains of."""
    return "—" if SERVICE_LEVEL.threshold is None else f"{float(100 * SERVICE_LEVEL.threshold.bound):g}%"
