"""What the application says to a caller who waits, in a queue or on hold: whispered over the music by Asterisk, so that
nobody waits for an announcement to end (HB 7.2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.call.clip_seconds import clip_seconds
from ivr.call.served_flow import ServedFlow
from ivr.flow.steps.acts import Say
from ivr.telephony import channels
from ivr.telephony.ami.manager import Manager
from ivr.telephony.dialplan import Context, Variable

#: Whispering begins within this, seconds.
BEGIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Manner:
    """In which words callers are spoken to: the flow, the language, and the variant (normal, elderly)."""

    service: ServedFlow
    language: str
    variant: str


def clips(manner: Manner, says: Iterable[Say]) -> Mapping[str, str]:
    """The variable that has the dialplan play these; none where there is nothing to say. Raises SpeechError."""
    catalogue = manner.service.catalogue
    paths = [
        str(catalogue.prompts / path.with_suffix(""))
        for say in says
        for path in catalogue.resolve(say.prompt, say.values, manner.language, manner.variant)
    ]
    return {str(Variable.CLIPS): "&".join(paths)} if paths else {}


def seconds(manner: Manner, says: Iterable[Say]) -> float:
    """How long these take to be said. Raises SpeechError, OSError."""
    catalogue = manner.service.catalogue
    return sum(
        clip_seconds(catalogue.prompts / path)
        for say in says
        for path in catalogue.resolve(say.prompt, say.values, manner.language, manner.variant)
    )


async def whisper(manager: Manager, call_id: str, manner: Manner, says: Iterable[Say]) -> bool:
    """Say it to this one caller; whether it began to be said. Raises SpeechError, TelephonyError."""
    variables = clips(manner, says)
    if variables:
        await manager.originate(
            channels.whisper(call_id), context=Context.SAY_CLIPS, exten="s", variables=variables, ring=BEGIN_SECONDS
        )
    return bool(variables)


async def announce_agent(manager: Manager, call_id: str, agent: str) -> None:
    """Tell this one caller the number of the agent who took him over (HB 7.1.3). Raises TelephonyError."""
    await manager.originate(
        channels.whisper(call_id),
        context=Context.SAY_AGENT,
        exten=agent,
        variables={str(Variable.CALL): call_id},
        ring=BEGIN_SECONDS,
    )
