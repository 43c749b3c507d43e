"""What lines and trunks there are: keys as events, as tones, as INFO and doubled; sound from another address than the
session says; IPv6; packets of other lengths; requests within a call that are none of ours."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calls.faults.eyes import log_since, log_size, only_record
from tests.rig.hotline import Hotline, until
from tests.rig.offer import Offer
from tests.rig.ports import take
from tests.rig.talker import Talker
from tests.rig.tones import tones

pytestmark = pytest.mark.calls

NO_EVENTS = Offer(events=False)
#: A second of speech in packets of 20 ms.
SECOND = 50


def relay(key: str) -> tuple[str, str, str]:
    """A key as SIP INFO."""
    return "INFO", f"Signal={key}\r\nDuration=160\r\n", "application/dtmf-relay"


def visited(line: Hotline, offer: Offer, *does: Callable[[Talker], object]) -> list[tuple[str, str | None]]:
    """Menus and the keys that left them, of a call that does this, one act when the menu before is being spoken."""
    line.serve_flows(None)
    number = line.next_number()
    with take() as ports, Talker((line.address, 5060), ports, number=number, offer=offer) as caller:
        caller.dial()
        until("the greeting", lambda: len(caller.heard) > SECOND)
        for act in does:
            act(caller)
            quiet_for(caller, 1.5)
    record = only_record(line, number)
    return [(visit["menu_id"], visit["key"]) for visit in record["menu_visits"]]


def quiet_for(caller: Talker, seconds: float) -> None:
    """Until the caller has done what was asked and has heard so much more."""
    until("the caller's keys", lambda: not caller.speaking)
    so_far = len(caller.heard)
    until("the next prompt", lambda: len(caller.heard) > so_far + SECOND * seconds, 10)


@pytest.mark.parametrize(("on_ms", "off_ms", "dbfs"), [(100, 100, -13), (50, 50, -13), (70, 70, -30), (400, 200, -6)])
def test_keys_that_come_as_tones_are_keys(line: Hotline, folder: Path, on_ms: int, off_ms: int, dbfs: float) -> None:
    press = [
        lambda caller, keys=keys: caller.say(tones(keys, on_ms=on_ms, off_ms=off_ms, dbfs=dbfs)) for keys in ("5", "*")
    ]
    assert visited(line, NO_EVENTS, *press) == [("main", "5"), ("service", "*"), ("main", None)]


@pytest.mark.parametrize("offer", [Offer(), NO_EVENTS], ids=["events", "none"])
def test_keys_that_come_as_info_alone_are_keys(line: Hotline, folder: Path, offer: Offer) -> None:
    press = [lambda caller: caller.ask(*relay("5")), lambda caller: caller.ask("INFO", "*", "application/dtmf")]
    assert visited(line, offer, *press) == [("main", "5"), ("service", "*"), ("main", None)]


@pytest.mark.parametrize("later_ms", [0, 90, 160])
def test_a_press_that_comes_as_event_and_as_info_is_one_key(line: Hotline, folder: Path, later_ms: int) -> None:
    """The INFO comes when the key goes down, or when it is let go. 1 is a key of the next menu too."""

    def both(key: str) -> Callable[[Talker], None]:
        def press(caller: Talker) -> None:
            info = threading.Timer(later_ms / 1000, caller.ask, relay(key))
            caller.press(key)
            info.start()
            info.join()

        return press

    assert visited(line, Offer(), both("1"), both("*"), both("5")) == [
        ("main", "1"), ("accounts", "*"), ("main", "5"), ("service", None)
    ]  # fmt: skip


def test_two_quick_presses_of_one_key_are_two(line: Hotline, folder: Path) -> None:
    press = [lambda caller: caller.press("5"), lambda caller: caller.press("##")]
    assert visited(line, Offer(), *press) == [("main", "5"), ("service", "#"), ("service", "#"), ("service", None)]


def test_odd_events_are_one_key_each_or_none(line: Hotline, folder: Path) -> None:
    """A key held for two seconds, one whose end is lost, a clock of 16 kHz, loud and silent ones, no duration, one
    packet; the keys A and flash, a tone, an event that there is not."""
    odd: list[Callable[[Talker], None]] = [
        lambda caller: caller.event(5, packets=100),
        lambda caller: caller.event(10, ends=0),
        lambda caller: caller.event(5, unit=320),
        lambda caller: caller.event(10, volume=63 | 0x40),
        lambda caller: caller.event(5, unit=0, volume=0),
        lambda caller: caller.event(10, packets=1, ends=1),
        *(lambda caller, code=code: caller.event(code) for code in (12, 16, 64, 255)),
        lambda caller: caller.event(5, packets=0),
    ]
    assert visited(line, Offer(), *odd) == [
        *[("main", "5"), ("service", "*")] * 3, ("main", "5"), ("service", None),
    ]  # fmt: skip


def test_a_caller_who_changes_the_session_in_mid_prompt_goes_on(line: Hotline, folder: Path) -> None:
    """Put on hold in each of the ways and taken back, a session without a stream, one that is none, one of IPv6."""
    version = itertools.count(2)

    def change(*more: str, port: int | None = None, address: str | None = None) -> Callable[[Talker], None]:
        def ask(caller: Talker) -> None:
            text = Offer(address=address, more=more).text("127.0.0.1", caller.media_port if port is None else port)
            answers.append(caller.reinvite(text.replace("o=- 1 1", f"o=- 1 {next(version)}"))[8:11])

        return ask

    answers: list[str] = []
    changes = [
        change("a=sendonly"), change(), change("a=inactive"), change(), change(address="0.0.0.0"), change(),
        change(port=0), change(address="2001:db8::9"), lambda caller: answers.append(caller.reinvite("v=0\r\n")[8:11]),
    ]  # fmt: skip
    assert visited(line, Offer(), *changes, lambda caller: caller.press("5"))[-2:] == [("main", "5"), ("service", None)]
    assert answers[:6] == ["200"] * 6 and answers[6] == "488" and answers[7] in ("200", "488") and answers[8][0] == "4"


def heard(line: Hotline, folder: Path, offer: Offer, meanwhile: Callable[[Talker], None] | None = None) -> Talker:
    """A caller who listens for two seconds, and then goes; `meanwhile` after the first of them."""
    line.serve_flows(None)
    with take() as ports, Talker((line.address, 5060), ports, number=line.next_number(), offer=offer) as caller:
        caller.dial()
        until("the greeting", lambda: sum(len(one.payload) for one in caller.heard) > 8000)
        if meanwhile is not None:
            meanwhile(caller)
            caller.heard.clear()
            until("sound in the new place", lambda: len(caller.heard) > SECOND, 5)
        return caller


def test_sound_goes_where_the_callers_comes_from(line: Hotline, folder: Path) -> None:
    """Another port than the session says, from the beginning or in the middle; another address."""
    with take() as there:
        heard(line, folder, Offer(), lambda caller: caller.move_media(there.media))
        heard(line, folder, Offer(address="192.0.2.9"))
        with take() as ports, Talker((line.address, 5060), ports, number=line.next_number()) as caller:
            caller.move_media(there.media)
            caller.dial()
            until("the greeting", lambda: len(caller.heard) > SECOND, 5)
            caller.press("5")
            quiet_for(caller, 1)


def test_an_ipv6_address_in_the_offer_works_or_ends_the_call(line: Hotline, folder: Path) -> None:
    heard(line, folder, Offer(address="2001:db8::9"))

    class Mute(Talker):
        """Never sends a packet, so nobody can know where to send it any."""

        def _send(self, kind: int, tick: int, stamp: int, payload: bytes) -> None:
            return

    number = line.next_number()
    offer = Offer(address="2001:db8::9")
    with take() as ports, Mute((line.address, 5060), ports, number=number, offer=offer) as caller:
        caller.dial()
        assert caller.hung_up.wait(4)
    record = only_record(line, number)
    assert (record["hangup_by"], record["hangup_cause"]) == ("network", "58")


@pytest.mark.parametrize("ms", [10, 20, 30, 40])
def test_packets_are_as_long_as_the_offer_says(line: Hotline, folder: Path, ms: int) -> None:
    caller = heard(line, folder, Offer(more=(f"a=ptime:{ms}",)))
    assert {len(one.payload) for one in caller.heard} == {8 * ms}
    assert f"a=ptime:{ms}" in caller.answer


@pytest.mark.parametrize(
    ("says", "size"),
    [("ptime:0", 160), ("ptime:-1", 160), ("ptime:x", 160), ("maxptime:40", 160), ("ptime:60", 480)],
)
def test_what_is_no_length_is_none(line: Hotline, folder: Path, says: str, size: int) -> None:
    assert {len(one.payload) for one in heard(line, folder, Offer(more=(f"a={says}",))).heard} == {size}


def test_requests_that_are_none_of_ours_are_answered_and_harm_no_call(line: Hotline, folder: Path) -> None:
    """MESSAGE, an empty INFO, OPTIONS, REFER within a call; a stranger's text begins none."""
    line.serve_flows(None)
    since = log_size(line)
    number = line.next_number()
    with take() as ports, Talker((line.address, 5060), ports, number=number) as caller:
        caller.dial()
        until("the greeting", lambda: len(caller.heard) > SECOND)
        asked = {
            "MESSAGE": caller.ask("MESSAGE", "hello", "text/plain"),
            "MESSAGE empty": caller.ask("MESSAGE"),
            "INFO": caller.ask("INFO"),
            "INFO without a key": caller.ask("INFO", "", "application/dtmf-relay"),
            "OPTIONS": caller.ask("OPTIONS"),
            "REFER": caller.ask("REFER"),
        }
        quiet_for(caller, 1)
        assert "1 active channel" in line.console("core show channels count")
    codes = {name: answer[8:11] for name, answer in asked.items()}
    assert codes == {
        "MESSAGE": "202", "MESSAGE empty": "415", "INFO": "200", "INFO without a key": "200", "OPTIONS": "200",
        "REFER": "603",
    }  # fmt: skip
    record = only_record(line, number)
    assert record["hangup_by"] == "caller"
    assert "Traceback" not in log_since(line, since)


def test_a_text_outside_a_call_begins_none(line: Hotline, folder: Path) -> None:
    with take() as ports, Talker((line.address, 5060), ports, number="13800000001") as caller:
        assert caller.ask("MESSAGE", "hello", "text/plain")[8:11] == "404"
    assert "0 active channels" in line.console("core show channels count")
