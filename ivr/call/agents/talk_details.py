"""What an agent's desk shows of a talk beside its state: since when the caller is on hold, and the colleague who is
asked before the caller is passed on. Pure.

Who asks first makes a second call with his telephone, while the caller is on hold: a channel of the agent's that begins
a call of its own, on which the colleague's telephone rings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ivr.telephony.channels import is_browser
from ivr.telephony.events import types as ev


@dataclass(frozen=True, slots=True)
class Asked:
    """The colleague or queue (`to`) whom an agent asks; `agent` is who rings or talks ("" for nobody yet), `since`
    (epoch ms) when it began, or was answered where it is `answered`. `channel` is the other end, by its unique id."""

    to: str
    since: int
    agent: str = ""
    answered: bool = False
    channel: str = field(default="", repr=False)


@dataclass(slots=True)
class _Talk:
    """`channels` of the agent, by unique id, with their names; `second` is that of the second call, `holding` the one
    whose other side is on hold."""

    channels: dict[str, str] = field(default_factory=dict)
    held_since: int = 0
    holding: str = ""
    second: str = ""
    asked: Asked | None = None


class TalkDetails:
    """Feed it every event."""

    def __init__(self) -> None:
        self._talks: dict[str, _Talk] = {}
        #: Unique id of a second call's own channel → the agent who made it.
        self._asking: dict[str, str] = {}

    def held_since(self, agent: str) -> int:
        """Since when (epoch ms) the agent's caller is on hold; 0 where he is not."""
        return self._talks[agent].held_since if agent in self._talks else 0

    def asked(self, agent: str) -> Asked | None:
        """Whom the agent asks."""
        return self._talks[agent].asked if agent in self._talks else None

    def in_browser(self, agent: str, channel: str) -> bool:
        """Whether this channel (its unique id) is the telephone in the agent's browser."""
        return agent in self._talks and is_browser(self._talks[agent].channels.get(channel, ""))

    def forget(self) -> None:
        """What happens now is not seen."""
        self._talks.clear()
        self._asking.clear()

    def on_event(self, event: ev.TelephonyEvent) -> frozenset[str]:
        """Take in what happened; the agents of whom there is something new to show."""
        if (agent := event.agent_id) is None:
            return frozenset()
        asks = self._asking.get(event.linkedid)
        if asks is not None and asks != agent:
            return self._of_the_asked(asks, agent, event)
        talk = self._talks.setdefault(agent, _Talk())
        match event:
            case ev.ChannelStarted(uniqueid=channel, channel=name, exten=exten):
                talked = bool(talk.channels)
                talk.channels[channel] = name
                if talked and channel == event.linkedid and exten.isdigit():
                    talk.second, talk.asked = channel, Asked(exten, event.t)
                    self._asking[channel] = agent
            case ev.ChannelGone(uniqueid=channel):
                talk.channels.pop(channel, None)
                if channel == talk.holding:  # and not that of a reminder, say
                    talk.held_since, talk.holding = 0, ""
                if channel == talk.second:
                    self._asking.pop(channel, None)
                    talk.second, talk.asked = "", None
                if not talk.channels:
                    self._talks.pop(agent)
            case ev.HoldStarted(uniqueid=channel) if channel != talk.second:
                talk.held_since, talk.holding = event.t, channel
            case ev.HoldEnded(uniqueid=channel) if channel != talk.second:
                talk.held_since, talk.holding = 0, ""
            case _:
                return frozenset()
        return frozenset({agent})

    def _of_the_asked(self, asks: str, agent: str, event: ev.TelephonyEvent) -> frozenset[str]:
        """Something happened at the telephone of who is asked."""
        talk = self._talks[asks]
        asked = talk.asked
        assert asked is not None
        match event:
            case ev.AgentRinging(uniqueid=channel):
                talk.asked = replace(asked, agent=agent, channel=channel)
            case ev.ChannelUp(uniqueid=channel) if channel == asked.channel:
                talk.asked = replace(asked, since=event.t, answered=True)
            case ev.ChannelGone(uniqueid=channel) if channel == asked.channel:
                talk.asked = replace(asked, since=event.t, agent="", answered=False, channel="")
        known = self._talks.get(agent)
        if isinstance(event, ev.ChannelStarted):
            self._talks.setdefault(agent, _Talk()).channels[event.uniqueid] = event.channel
        elif isinstance(event, ev.ChannelGone) and known is not None:
            known.channels.pop(event.uniqueid, None)
            if not known.channels:
                self._talks.pop(agent)
        return frozenset({asks})
