"""One look at the node: what goes on in calls, with what the machinery knows of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ivr.bank.client import Bank
from ivr.care.messages import Backlog
from ivr.records.journal.journal import Journal
from ivr.records.model import StateName
from ivr.report.monitoring.exporter import Snapshot
from ivr.report.monitoring.live_calls import LiveState
from ivr.report.monitoring.live_complaints import ComplaintsState
from ivr.report.monitoring.live_emergency import EmergencyState
from ivr.report.monitoring.live_publishing import PublishingState
from ivr.serve.listening import SpeechInput
from ivr.serve.task_supervisor import Tasks
from ivr.serve.upkeep import disk
from ivr.serve.upkeep.recordings import Recordings
from ivr.serve.watchdog.load_protection import LoadLevels
from ivr.settings import Settings
from ivr.telephony.ami.manager import Manager


@dataclass(slots=True)
class Snapshots:
    """`speech_input` is set once the node listens, `bank` where there is one."""

    settings: Settings
    journal: Journal
    manager: Manager
    recordings: Recordings
    tasks: Tasks
    load: LoadLevels
    speech_input: SpeechInput | None = None
    backlog: Callable[[], Backlog] = Backlog
    bank: Bank | None = None
    publishing: Callable[[], PublishingState | None] = lambda: None
    complaints: Callable[[], ComplaintsState] = ComplaintsState
    emergency: Callable[[], EmergencyState] = EmergencyState

    def take(self, calls: LiveState, agents: Mapping[StateName, int], spoken: Mapping[str, int]) -> Snapshot:
        """How things are now."""
        backlog = self.backlog()
        now = Snapshot(
            calls,
            agents,
            spoken,
            self.journal.lag,
            self.journal.refused.count,
            self.manager.connected,
            failing=tuple(self.tasks.trouble),
            failures=self.tasks.failed,
            lost_recordings=len(self.recordings.lost),
            disk_free=disk.free(self.settings.state),
            load_level=self.load.level,
            callbacks_open=backlog.callbacks,
            work_open=backlog.items,
            work_overdue=backlog.overdue,
            bank=None if self.bank is None else self.bank.up,
            publishing=self.publishing(),
            complaints=self.complaints(),
            emergency=self.emergency(),
        )
        return self._with_speech(now)

    def _with_speech(self, now: Snapshot) -> Snapshot:
        if self.speech_input is None:
            wanted = self.settings.speech.engine not in ("none", "auto")
            return replace(now, recogniser=False) if wanted else now
        pool = self.speech_input.recognisers.status
        return replace(
            now,
            recogniser=pool.ready > 0 and self.speech_input.streams.ready,
            talkers=pool.talking,
            refusals=pool.refused_busy + pool.refused_down + pool.late + pool.failed,
            audio_streams=self.speech_input.audio_streams,
        )
