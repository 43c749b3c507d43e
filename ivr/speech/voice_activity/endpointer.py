"""When a caller begins and ends to speak: the interface, and `Endpointer`, which decides it.

silence ──SpeechStarted──▶ speech ──SpeechPaused──▶ pause ──SpeechEnded──▶ silence
                              ▲                       │
                              └─────SpeechResumed─────┘
Speech that is cut because it lasts too long ends without a pause; what was too short ends with SpeechDismissed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ivr.speech.audio.wav import Samples
from ivr.speech.voice_activity.echo import Echo
from ivr.speech.voice_activity.frame_clock import FrameClock
from ivr.speech.voice_activity.vad import FRAME_BYTES, FRAME_MS, Gate, Sound, Vad, judged, level, samples


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks since `t_start` (ms of the clock that `feed` is given); `audio` is the sound so far, with a
    little of what came before it. Frames fed after this one follow it without a gap."""

    t_start: int
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The speech that began at `t_start` pauses since `t_end`: it may be over, so recognition may begin with `audio`.
    Either SpeechResumed takes that back, or SpeechEnded follows with the very same `audio`."""

    t_start: int
    t_end: int
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The speech that began at `t_start` goes on after a pause: what was recognised so far is not all."""

    t_start: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speech that began at `t_start` ended at `t_end`, decided later; `audio` is all of it."""

    t_start: int
    t_end: int
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechDismissed:
    """What began at `t_start` was too short for an utterance, and nothing followed: as if nothing had been said."""

    t_start: int


Edge = SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded | SpeechDismissed


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """Times in ms of sound. `pause` of silence tells that the caller may have ended, `end` that he has; `closed_end`
    where the question is closed (yes or no). `least` of speech makes an utterance, at `longest` it is cut. An utterance
    keeps `before` and `after` of the sound around it."""

    pause: int = 240
    end: int = 600
    closed_end: int = 400
    least: int = 90
    longest: int = 15_000
    before: int = 240
    after: int = 200


#: Speech began about so long before the hops that prove it.
_ONSET_MS = 40

#: Frames further apart than this have silence between them; after a rest what follows begins anew.
_APART_MS, _REST_MS = 60, 1000

#: When a line opens in the middle of a sound, a detection needs so many frames until it tells music from speech.
_SETTLING = 25

#: Frames that the gate kept from the detection, which gets them when it opens.
_PREROLL = 6


class Endpointer:
    """Listens on one call leg: give it every frame, also while nobody is asked anything. Not thread-safe, no clock of
    its own.

    Times are those of arrival, less the sound that has come since; a clock that goes backwards is taken to stand still.
    """

    def __init__(self, vad: Vad, limits: EndpointLimits | None = None) -> None:
        self._vad = vad
        self._limits = limits or EndpointLimits()
        self._ago = vad.window * vad.hop_ms + _ONSET_MS
        self._echo = Echo()
        self._gate = Gate()
        self._clock = FrameClock()
        self._judged: deque[Sound] = deque(maxlen=_PREROLL)
        self._before = (self._limits.before + self._ago) // FRAME_MS
        self._heard: deque[bytes] = deque(maxlen=self._before)
        self._loud: deque[bool] = deque(maxlen=3)
        self._open = self._closed = False
        self._settling = _SETTLING
        self._began = -(2**62)  # no speech begins before
        self._recent: deque[float] = deque(maxlen=vad.window)
        self._forget()

    @property
    def pending(self) -> bool:
        """Whether speech is going on, pauses included."""
        return self._speaking

    def begin(self, now_ms: int, *, closed: bool = False) -> None:
        """A turn that listens begins: what was heard is forgotten, the line's noise and echo stay known. `closed`: a
        short answer is expected."""
        self._clock.look(now_ms)
        self._closed = closed
        self._leave()

    def playing(self, reference: Samples | Sound | None, levels: Sequence[float] | None = None) -> None:
        """A prompt (telephone sound, −1…1) begins to play now; None: nothing plays any more. `levels` as in `Echo`."""
        self._echo.playing(reference, levels)

    def feed(self, frame: bytes, now_ms: int) -> Edge | None:
        """Take in 20 ms of signed linear sound (320 bytes) that arrived at `now_ms`.

        Another size is a fault on the wire that must not cost the call: what is missing is taken for silence, what is
        too much is left out.
        """
        frame = frame[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
        (sound,), (loud,) = judged((frame,))
        return self.hear(frame, sound, loud, now_ms)

    def hear(self, frame: bytes, sound: Sound, loud: float, now_ms: int) -> Edge | None:
        """`feed`, where the frame's samples and level are known, as `vad.judged` gives them."""
        gap, lost = self._clock.frame(now_ms)
        if lost or gap > _APART_MS:
            self._miss(gap, lost)
        hops = self._judge(sound, loud)
        if not self._speaking:
            self._heard.append(frame)
            return self._start()
        if gap > _APART_MS:
            self._silence += gap - FRAME_MS
            if self._silence >= self._patience:
                edge = self._end(self._silence + FRAME_MS)
                self._heard.append(frame)
                return edge
        return self._go_on(frame, hops)

    @property
    def quiet_below(self) -> float:
        """Frames of a lower level (dBFS) decide nothing, and may be given to `hear_quiet`; −inf: each must be heard."""
        return -math.inf if self._speaking else self._gate.shut_below

    def hear_quiet(self, frames: Sequence[bytes], loud: Sequence[float], times: Sequence[int]) -> None:
        """`hear` for frames that decide nothing, at once for many: each is below `quiet_below` as it was before the
        first, and below `Gate.shut_below_after` the quietest."""
        least, first = self._gate.stay_shut(loud), 0
        for number, (gap, lost) in enumerate(self._clock.frames(times)):
            if lost or gap > _APART_MS:
                self._rest(frames[first:number], least[first:number])
                self._miss(gap, lost)
                first = number
        self._rest(frames[first:], least[first:])

    def tick(self, now_ms: int) -> Edge | None:
        """No frame came: the clock alone says how long it has been silent. Call it about every 100 ms."""
        away = self._clock.look(now_ms)
        if not self._speaking or away <= _APART_MS:
            return None
        return self._pause_or_end(self._silence + away)

    def _miss(self, gap: int, lost: int) -> None:
        """Between two frames was a gap (ms), or frames are known to be lost."""
        if gap > _REST_MS:
            self._vad.reset()
        self._echo.skip(lost)
        if gap > _APART_MS:
            self._recent.clear()

    def _rest(self, frames: Sequence[bytes], least: Sequence[float]) -> None:
        """Frames one after the other that leave the gate shut: each is below its `least`."""
        if not frames:
            return
        self._echo.quiet(frames, least)
        self._judged.extend(samples(frames[-_PREROLL:]))
        self._loud.extend([False] * min(len(frames), 3))
        self._heard.extend(frames[-self._before :])
        self._open = False
        self._recent.clear()
        self._settling -= len(frames)

    # ---- sound → speech or not

    def _judge(self, heard: Sound, loud: float) -> list[float]:
        """How probably each hop that this frame of `loud` dBFS completes is a caller's speech."""
        least = self._gate.loud_from
        sound, least = self._echo.clean(heard, loud, least)
        if sound is not heard:
            loud = level(sound)
        was, self._open = self._open, self._gate.open(loud, self._speaking, least)
        self._judged.append(sound)
        # without this a detection goes on hearing speech for 0.1 s, and in a line's noise that begins again for longer
        self._loud.append(loud >= least)
        if not self._open:
            self._recent.clear()
            return []
        # a detection that was reset here would take a knock for speech more often
        heard_now = (sound,) if was else tuple(self._judged)
        found = [one for each in heard_now for one in self._vad.speech(each)]
        hops = found if sum(self._loud) >= 2 else [0.0] * len(found)
        self._recent.extend(hops)
        return hops

    @property
    def _proven(self) -> bool:
        return sum(self._recent) >= self._vad.evidence

    @property
    def _in_speech(self) -> bool:
        return bool(self._recent) and self._recent[-1] >= self._vad.threshold

    # ---- speech or not → edges

    @property
    def _patience(self) -> int:
        return self._limits.closed_end if self._closed else self._limits.end

    def _forget(self) -> None:
        self._speaking = self._paused = False
        self._recent.clear()
        self._spoken = 0  # ms of speech in this utterance
        self._silence = 0  # ms since the last of it
        self._t_start = self._t_paused = 0
        self._utterance = bytearray()
        self._until = 0  # bytes of the utterance up to the last speech, or where a pause was told of, its length

    def _leave(self) -> None:
        self._began = self._clock.now
        self._heard.clear()
        self._forget()

    def _start(self) -> Edge | None:
        self._settling -= 1
        if self._settling >= 0 or not self._proven:
            return None
        self._speaking = True
        self._spoken = self._vad.hop_ms * sum(one >= self._vad.threshold for one in self._recent)
        self._t_start = max(self._began, self._clock.now - self._ago)
        self._utterance = bytearray(b"".join(self._heard))
        self._until = len(self._utterance)
        return SpeechStarted(self._t_start, bytes(self._utterance))

    def _go_on(self, frame: bytes, hops: list[float]) -> Edge | None:
        self._utterance += frame
        self._silence += FRAME_MS
        self._spoken += self._vad.hop_ms * sum(one >= self._vad.threshold for one in hops)
        if self._in_speech and (not self._paused or self._proven):
            resumed, self._paused = self._paused, False
            self._silence, self._until = 0, len(self._utterance)
            if resumed:
                return SpeechResumed(self._t_start)
        if len(self._utterance) * FRAME_MS >= self._limits.longest * FRAME_BYTES:
            return self._end(self._silence)
        return None if self._in_speech else self._pause_or_end(self._silence)

    def _pause_or_end(self, silence: int) -> Edge | None:
        if silence >= self._patience:
            return self._end(silence)
        if self._paused or silence < self._limits.pause or self._spoken < self._limits.least:
            return None
        audio, t_end = self._audio(), self._t_end(silence)
        self._paused, self._until, self._t_paused = True, len(audio), t_end
        return SpeechPaused(self._t_start, t_end, audio)

    def _end(self, silence: int) -> Edge:
        t_start, t_end, audio = self._t_start, self._t_end(silence), self._audio()
        enough = self._spoken >= self._limits.least
        self._leave()
        return SpeechEnded(t_start, t_end, audio) if enough else SpeechDismissed(t_start)

    def _t_end(self, silence: int) -> int:
        return self._t_paused if self._paused else max(self._t_start, self._clock.now - silence)

    def _audio(self) -> bytes:
        """The utterance, of the silence after it only a little; from a pause on it stays what was told of."""
        after = 0 if self._paused else self._limits.after * FRAME_BYTES // FRAME_MS
        return bytes(self._utterance[: self._until + after])
