"""Prompts that no menu and no leaf names: spoken by the engine, by the application and by the dialplan."""

from __future__ import annotations

from collections.abc import Mapping

#: Prompts the engine and the dialplan speak by themselves; the catalogue must have every one.
SYSTEM_PROMPTS: Mapping[str, str] = {
    "keys": "after a menu, until it has been heard once: repeat, back, agent and elderly key (HB 7.2.4, CBA 二十二)",
    "no_input": "first no-input: rephrases (D3)",
    "no_match": "first wrong key: rephrases (D3)",
    "agent_offer": "second miss: offers the agent (D3)",
    "handing_over": "third miss: says that an agent is called now (D3)",
    "after_leaf": "after a consult leaf: repeat, back, agent, or hang up",
    "transferring": "before a queue whose calls are recorded; says so (≤ 3 s, CBA 十九)",
    "transferring_unrecorded": "before a queue whose calls are not recorded",
    "agents_closed": "an agent was asked for outside hours: names the hours (CBA 七)",
    "queue_position": "in the queue: {ahead:count} callers are ahead",
    "queue_next": "in the queue: the caller is next",
    "queue_wait": "in the queue: expected wait, {minutes:count} minutes",
    "queue_timeout": "the wait has reached the queue's limit",
    "queue_empty": "no agent is signed in",
    "queue_full": "the queue holds no more callers",
    "queue_offer": "question after the three above: 1 wait on, 2 main menu, 3 leave",
    "agent_number": "before the agent's number: 工号",
    "agent_service": "after the agent's number: 为您服务",
    "agent_left": "the agent has ended the conversation",
    "goodbye": "ends every call (HB 7.4.3)",
    "capacity": "the call beyond the configured capacity (HB 7.2.2)",
    "app_down": "the application is down: the dialplan apologises and queues",
    "fault": "something failed inside: says so and hands over",
}

#: The question before a recording, where the flow asks (`recording: {consent: true}`).
CONSENT_QUESTION = "recording_consent"

#: Prompts that a flow may leave out; what is said instead stands behind.
OPTIONAL_PROMPTS: Mapping[str, str] = {
    "elderly_key": "after the first words of a greeting, and before a root menu: the elderly key (else in `keys`)",
    "keys_brief": "after a menu, once `keys` has been heard: repeat, back and agent, briefly (else `keys`)",
    "one_moment": "while it takes longer to know what the caller said: asks for a moment (else he is asked for keys)",
    "transfer_failed": "an agent passed the caller on and nobody was there: says so and queues again (else `fault`)",
    "agent_lost": "an agent's telephone was lost in the talk: says so and goes back to him (else `fault`)",
    "survey_reason": "to a caller who was not content: he may say why after the beep (else only `survey_sorry`)",
    "agent_done": "to an agent who dialled a command: it was done (else silence)",
    "agent_not_done": "to an agent who dialled a command: it was not done (else silence)",
    "hold_begins": "to a caller whom an agent puts on hold: why he waits (HB 7.4.5; else music alone)",
    "hold_goes_on": "to a caller on hold for 30 s, and every 30 s: it goes on (HB 7.4.5; else music alone)",
    "hold_reminder": "to an agent's telephone, rung where a caller has been on hold for 25 s (else silence)",
}
