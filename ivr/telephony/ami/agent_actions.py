"""What Asterisk is told about agents: who takes calls of which queue, who pauses, who is passed on to whom."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.telephony.ami.manager import Manager
from ivr.telephony.channels import browser_device, device, member, talk_tap
from ivr.telephony.dialplan import Context, Variable

#: A supervisor's telephone that is called rings so long.
RING_SECONDS = 20.0
#: Q.850, requested channel not available: what a channel ends with to which no sound comes (see [agent-gone]).
NO_MEDIA = 44
#: What Asterisk does by itself begins within this.
BEGIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SupervisorsPart:
    """A supervisor takes part (`how`: listen, whisper, join) in the agent's talk of this call; `channel` is the
    agent's, by its unique id."""

    supervisor: str
    agent: str
    how: str
    call_id: str
    channel: str

    @property
    def variables(self) -> dict[str, str]:
        """What the supervisor's channel needs in the context `supervise`."""
        return {
            str(Variable.CALL): self.call_id,
            str(Variable.AGENT): self.agent,
            str(Variable.AGENT_CHANNEL): self.channel,
            str(Variable.HOW): self.how,
        }


async def pause(manager: Manager, agent: str, reason: str | None) -> None:
    """The agent is not rung in any queue, for this reason; None: is rung again. Raises TelephonyError."""
    if reason is None:
        await manager.action("QueuePause", Interface=member(agent), Paused="false")
    else:
        await manager.action("QueuePause", Interface=member(agent), Paused="true", Reason=reason)


async def reread_members(manager: Manager) -> None:
    """Have Asterisk read who takes calls of which queue; what else it knows of the queues stays. Members in queues.conf
    cannot be taken out in another way. All queues at once: of several, named one after the other, Asterisk reads the
    first and finds the file unchanged for the others. Raises TelephonyError."""
    await manager.action("QueueReload", Members="yes", Rules="no", Parameters="no")


async def answer_keys(manager: Manager, channel: str, *, done: bool) -> None:
    """Tell the dialplan, which waits on this channel (its unique id), whether what an agent keyed was done. Raises
    TelephonyError."""
    await manager.action("Setvar", Channel=channel, Variable=str(Variable.DONE), Value="1" if done else "0")


async def transfer(manager: Manager, channel: str, to: str) -> None:
    """Pass the other side of an agent's channel (its unique id) on, without a word before. Raises TelephonyError."""
    await manager.action("BlindTransfer", Channel=channel, Context=str(Context.FROM_AGENTS), Exten=to)


async def connect(manager: Manager, call_id: str, channel: str) -> None:
    """Connect the caller with the other end (its unique id) of a call that his agent made. Raises TelephonyError."""
    await manager.action("Bridge", Channel1=call_id, Channel2=channel, Tone="no")


async def end_lost(manager: Manager, channel: str, agent: str, call_id: str | None) -> None:
    """End an agent's channel (its unique id) whose telephone is gone. The caller, if he talks to the agent already, is
    brought back to him. Raises TelephonyError."""
    if call_id is not None:
        await manager.action("Setvar", Channel=call_id, Variable=str(Variable.LOST), Value=agent)
    await manager.action("Hangup", Channel=channel, Cause=NO_MEDIA)


async def ring_to_try(manager: Manager, agent: str) -> None:
    """Ring the agent's telephone, as a caller's call would; who answers hears that all is well. Raises CommandRefused
    where nobody answers, and TelephonyError."""
    await manager.originate(
        member(agent),
        context=Context.RING_TEST,
        exten="s",
        caller_id=f'"振铃测试" <{agent}>',
        variables={Variable.RING.inherited: str(round(RING_SECONDS))},
        ring=RING_SECONDS,
    )


async def record_talk(manager: Manager, channel: str, call_id: str, agent: str) -> None:
    """Record what goes through an agent's channel (its unique id) from now on, where the dialplan keeps the recordings
    of talks. Raises TelephonyError."""
    await manager.originate(
        talk_tap(channel),
        context=Context.RECORD_TALK,
        exten="s",
        variables={str(Variable.CALL): call_id, str(Variable.AGENT): agent},
        ring=BEGIN_SECONDS,
    )


async def take_into_talk(manager: Manager, channel: str, part: SupervisorsPart) -> None:
    """Take the supervisor's channel (its unique id) into the talk. Raises TelephonyError."""
    for name, value in part.variables.items():
        await manager.action("Setvar", Channel=channel, Variable=name, Value=value)
    await manager.action("Redirect", Channel=channel, Context=str(Context.SUPERVISE), Exten=part.supervisor, Priority=1)


async def call_into_talk(manager: Manager, part: SupervisorsPart, *, browser: bool) -> None:
    """Call the supervisor's telephone (`browser`: the one in his browser, and not the one on his desk), and take it
    into the talk once it is answered. Raises TelephonyError."""
    await manager.originate(
        browser_device(part.supervisor) if browser else device(part.supervisor),
        context=str(Context.SUPERVISE),
        exten=part.supervisor,
        caller_id=f"<{part.agent}>",
        variables=part.variables,
        ring=RING_SECONDS,
    )
