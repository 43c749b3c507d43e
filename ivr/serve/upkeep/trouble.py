"""What is wrong with the node, told to the operator: once, and again when it changes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from ivr.records.journal.recorder import Recorder
from ivr.report.monitoring.exporter import TASKS
from ivr.serve.task_supervisor import Tasks
from ivr.serve.upkeep import disk
from ivr.serve.upkeep.flow_edits import Edits
from ivr.serve.upkeep.recordings import Recordings
from ivr.serve.upkeep.sealing import Sealing
from ivr.serve.watchdog import systemd
from ivr.serve.watchdog.load_protection import LoadProtection
from ivr.settings import Settings
from ivr.telephony.ami.manager import Manager

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TroubleReport:
    """Run `keep` as a task."""

    settings: Settings
    recorder: Recorder
    edits: Edits
    manager: Manager
    recordings: Recordings
    sealing: Sealing
    load: LoadProtection
    tasks: Tasks

    @property
    def trouble(self) -> str:
        """Everything that is wrong now, in Chinese; "" where nothing is."""
        unserved = f"新的流程文件暂时不能启用，会自动重试：{self.edits.trouble}" if self.edits.trouble else None
        unlinked = None if self.manager.connected else "与 Asterisk 的管理连接（AMI）中断，正在重连"
        failing = (f"后台任务「{TASKS[task]}」出错，会自动重试：{why}" for task, why in self.tasks.trouble.items())
        told_of = (
            disk.trouble(self.settings.state),
            self.recorder.trouble,
            unserved,
            unlinked,
            self.recordings.trouble,
            self.sealing.trouble,
            self.load.trouble,
            *failing,
        )
        return "；".join(filter(None, told_of))

    async def keep(self) -> None:
        """Tell systemd, the log, and `ivr doctor` through a file of the state folder; until cancelled."""
        told: str | None = None
        while True:
            trouble = self.trouble
            systemd.alive(trouble)
            if trouble != told:
                told = trouble
                self._tell(trouble)
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, trouble: str) -> None:
        if trouble:
            log.error("%s", trouble)
        status = self.settings.state / "trouble"
        try:
            status.write_text(trouble + "\n", encoding="utf-8")
        except OSError as wrong:
            log.error("%s: %s", status, wrong)
