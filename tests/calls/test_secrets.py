"""Digits of a PIN and a card are written nowhere, whatever else the caller says and presses
(CBA 十三): everything that the hotline and Asterisk have written is searched for them."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import numpy as np
import pytest

from tests.calls.asking_secrets import told
from tests.calls.crowd import signed_in
from tests.calls.faults import eyes
from tests.nlu.test_spoken_numbers import readable
from tests.rig.agents import Manner
from tests.rig.g711 import RATE, Samples
from tests.rig.hotline import TOP, Hotline, hotline, until
from tests.rig.offer import Offer
from tests.rig.ports import take
from tests.rig.sound import read_wav
from tests.rig.talker import Talker
from tests.rig.tones import tones

pytestmark = [pytest.mark.calls, pytest.mark.speech]

#: Of keys that are no choice at the main menu.
PIN, CARD = "86886868", "6868868866886868868"


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline that listens, asks for secrets, and logs all that it can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEARD_SECRETS", str(tmp_path_factory.mktemp("heard") / "hashes"))
        with hotline(
            module="tests.calls.asking_secrets", SPEECH_ENGINE="whisper", SPEECH_KEEP_AUDIO="true", LOG_LEVEL="DEBUG"
        ) as one:
            yield one


class Listening:
    """Everything that Asterisk's manager tells one of its users, as it came."""

    def __init__(self, line: Hotline, user: str) -> None:
        secrets = json.loads((line.state / "secrets.json").read_text())
        self._link = socket.create_connection((line.address, 5038), 5)
        name = "ivr" if user == "ami" else user
        self._link.settimeout(None)
        self._link.sendall(f"Action: Login\r\nUsername: {name}\r\nSecret: {secrets[user]}\r\n\r\n".encode())
        self.heard = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while data := self._link.recv(65536):
            self.heard += data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._link.close()


def pause(caller: Talker, seconds: float) -> None:
    """Let so much sound come."""
    so_far = len(caller.heard)
    until(f"{seconds:g} s of sound", lambda: len(caller.heard) >= so_far + 50 * seconds)


def spoken(line: Hotline, digits: str) -> Samples:
    """Digits, as a caller says them."""
    sounds = line.state / "asterisk" / "sounds"
    return np.concatenate([read_wav(sounds / f"digit-{digit}.wav") for digit in digits])


def call(line: Hotline, folder: Path) -> tuple[str, float, Mapping[str, bytes]]:
    """A call in which the canaries are pressed and said wherever one can; the caller's number, when
    the last secret had been keyed (epoch ms), and what the manager told meanwhile."""
    number = line.next_number()
    with (
        Listening(line, "ami") as ami,
        Listening(line, "watchdog") as watchdog,
        signed_in(line, folder, {"1001": Manner(rings_ms=4000, talks_ms=60_000)}),
        take() as ports,
        Talker((line.address, 5060), ports, number=number) as caller,
    ):
        caller.dial()
        until("the greeting", lambda: len(caller.heard) > 50)
        caller.say(spoken(line, PIN[:4]))
        until("an answer to it", lambda: answered(line, number))
        caller.press("7")
        eyes.wait_prompt(line, number, "answer_keys")
        caller.say(spoken(line, PIN))  # beside the keys: nobody listens
        caller.press(f"{PIN}#")
        until("the PIN", lambda: told(PIN) in arrived())
        pause(caller, 1.5)  # what comes at once still belongs to the PIN
        caller.press(f"{CARD}#")
        until("the card", lambda: told(CARD) in arrived())
        keyed = time.time() * 1000
        caller.hush()
        eyes.wait_fact(line, number, "RecordingUnmuted")
        caller.press(PIN)  # where nobody asked for it
        caller.press("0")
        eyes.wait_fact(line, number, "Queued")
        caller.press(CARD)
        eyes.wait_fact(line, number, "Connected")
        caller.press(PIN)
        caller.say(spoken(line, PIN))
        until("what is said", lambda: not caller.speaking)
        caller.hang_up()
        eyes.wait_over(line, number)
    return number, keyed, {"ami": bytes(ami.heard), "watchdog": bytes(watchdog.heard)}


def answered(line: Hotline, number: str) -> bool:
    """Whether the caller was heard, or was told that he cannot be: a busy machine recognises too late."""
    told = eyes.facts(line, number)
    return any(one["fact"] == "CallerSpoke" or one.get("prompt") == "speech_down" for one in told)


def arrived() -> str:
    """The hashes of what the dialogue was given."""
    file = Path(os.environ["HEARD_SECRETS"])
    return file.read_text() if file.exists() else ""


def test_a_pin_and_a_card_are_written_nowhere(asking: Hotline, folder: Path) -> None:
    number, keyed, managers = call(asking, folder)
    record = eyes.only_record(asking, number)
    assert len(record["agent_legs"]) == 1, record
    found = dict(everything(asking))
    found |= {f"manager of {user}": told for user, told in managers.items()}
    assert b"AGIExec" in found["manager of watchdog"] and b"QueueCallerJoin" in found["manager of ami"]
    for canary in (PIN, CARD):
        for where, data in found.items():
            assert canary.encode() not in data, where
    for where, data in found.items():
        if not where.endswith(".conf") and "console" not in where:
            assert b"DTMF" not in data.upper(), where
    _record_tells_no_more(record, keyed)
    _nothing_was_recorded_meanwhile(asking, record)


@pytest.mark.parametrize("way", ["tones", "info"])
def test_a_pin_and_a_card_that_came_in_another_way_are_written_nowhere(asking: Hotline, folder: Path, way: str) -> None:
    """A trunk without telephone events: keys are tones in the sound, which are recorded if anything is, or INFO."""
    number = asking.next_number()

    def press(caller: Talker, keys: str) -> None:
        for key in keys:
            if way == "tones":
                caller.say(tones(key, on_ms=160, off_ms=160))
            else:
                caller.say(np.zeros(int(0.3 * RATE), dtype=np.int16))  # as fast as a hand
                body = f"Signal={key}\r\nDuration=120\r\n"
                assert " 200 " in caller.ask("INFO", body, "application/dtmf-relay")
            until("the key", lambda: not caller.speaking)

    with (
        Listening(asking, "ami") as ami,
        take() as ports,
        Talker((asking.address, 5060), ports, number=number, offer=Offer(events=False)) as caller,
    ):
        caller.dial()
        until("the greeting", lambda: len(caller.heard) > 50)
        press(caller, "7")
        eyes.wait_prompt(asking, number, "answer_keys")
        for canary in (PIN, CARD):
            before = arrived().count(told(canary))
            press(caller, f"{canary}#")
            until(f"the secret of {len(canary)} digits", partial(_more_arrived, canary, before))
            caller.say(np.zeros(int(1.5 * RATE), dtype=np.int16))  # what comes at once still belongs to this one
            until("a moment", lambda: not caller.speaking)
        keyed = time.time() * 1000
        eyes.wait_fact(asking, number, "RecordingUnmuted")
        caller.hang_up()
        eyes.wait_over(asking, number)
    record = eyes.only_record(asking, number)
    found = dict(everything(asking)) | {"manager": bytes(ami.heard)}
    for canary in (PIN, CARD):
        for where, data in found.items():
            assert canary.encode() not in data, where
    _record_tells_no_more(record, keyed)
    _nothing_was_recorded_meanwhile(asking, record)


def _more_arrived(canary: str, before: int) -> bool:
    return arrived().count(told(canary)) > before


def _record_tells_no_more(record: eyes.Record, keyed: float) -> None:
    """Neither keys, nor how many there were, nor what was said until the last was `keyed` (epoch ms)."""
    keys = [visit["key"] for visit in record["menu_visits"] if visit["key"] is not None]
    assert keys.count("7") <= 1 and "".join(keys).count("6") + "".join(keys).count("8") <= 2, keys
    (recording,) = record["recordings"]
    for turn in record["turns"]:
        assert len(readable([turn["asr_text"]])) <= 3, turn
        assert turn["audio_ref"] is None or not readable([turn["asr_text"]]), turn
        assert not recording["muted"][0]["t_start"] <= turn["t_start"] < keyed - 300, (turn, record)


def _nothing_was_recorded_meanwhile(line: Hotline, record: eyes.Record) -> None:
    """The recording is shorter than the call by the gap."""
    (recording,) = record["recordings"]
    (gap,) = recording["muted"]
    assert gap["t_end"] - gap["t_start"] > 3000
    file = line.state / "asterisk" / "recordings" / recording["ref"]
    with wave.open(str(file)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    lasted = recording["t_end"] - recording["t_start"] - (gap["t_end"] - gap["t_start"])
    assert abs(samples.size * 1000 / RATE - lasted) < 1500, (samples.size, lasted)


def everything(line: Hotline) -> Iterator[tuple[str, bytes]]:
    """What has been written, by where: files (their names too), tables, exports, figures, output, processes."""
    for path in line.state.rglob("*"):
        yield f"name of {path}", str(path).encode()
        if path.is_file() and path.suffix != ".wav" and path.name != "secrets.json":
            yield str(path), path.read_bytes()
    for words in (("records", "export"), ("records", "list"), ("label", "export")):
        done = subprocess.run(
            [sys.executable, "-m", "ivr.cli", *words], cwd=TOP, env=dict(line.environ), capture_output=True, check=False
        )
        yield " ".join(words), done.stdout + done.stderr
    with urlopen(f"http://{line.address}:9464/metrics", timeout=5) as answer:
        yield "metrics", answer.read()
    output = subprocess.run(["docker", "logs", line.name], capture_output=True, check=False)
    yield "container output", output.stdout + output.stderr
    for process in processes(line):
        for name in ("cmdline", "environ", "comm"):
            yield f"{process}/{name}", (process / name).read_bytes()


def processes(line: Hotline) -> list[Path]:
    """The application, what it has started, and Asterisk."""
    assert line.app is not None
    todo, found = [line.app.pid], [Path(f"/proc/{eyes.asterisk_pid(line)}")]
    while todo:
        process = Path(f"/proc/{todo.pop()}")
        found.append(process)
        for children in process.glob("task/*/children"):
            todo += [int(one) for one in children.read_text().split()]
    return found


def test_no_process_leaves_its_memory_behind_and_nothing_is_logged_that_may_be_a_key(asking: Hotline) -> None:
    found = processes(asking)
    assert len(found) >= 4, found
    for process in found:
        limits = (process / "limits").read_text()
        assert re.search(r"(?m)^Max core file size +0 +0 ", limits), (process, limits)
        assert int((process / "coredump_filter").read_text(), 16) == 0, process
    channels = asking.console("logger show channels")
    assert "NOTICE" in channels and not re.search("DTMF|DEBUG", channels)
    settings = {
        "core show settings": ("Root console verbosity: *0", "Debug level: *0", "Dump core on crash: *No"),
        "pjsip show settings": (r"(?m)^ *debug +: no",),
    }
    for command, wanted in settings.items():
        told = asking.console(command)
        assert all(re.search(one, told) for one in wanted), told
