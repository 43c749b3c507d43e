// The microphone: taken once, before a call (browsers name no address of theirs without its permission, and the call
// would be silent), kept, and looked for again where it vanishes.
export type MicrophoneState = "none" | "works" | "refused" | "missing" | "lost";

export const MICROPHONE_WORDS: Record<MicrophoneState, string> = {
  none: "麦克风还没有打开",
  works: "麦克风正常",
  refused: "浏览器不允许使用麦克风：请在地址栏的权限里改为允许",
  missing: "没有找到麦克风：请插上耳麦",
  lost: "麦克风断开了：请重新插上，通话不会断",
};

const WANTED: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

/** What a failure of getUserMedia means for the one who wants to talk. */
export function meaning(wrong: unknown): MicrophoneState {
  const name = wrong instanceof Error ? wrong.name : "";
  return name === "NotAllowedError" || name === "SecurityError" ? "refused" : "missing";
}

export class Microphone {
  state: MicrophoneState = "none";
  #stream: MediaStream | undefined;
  #context: AudioContext | undefined;
  #analyser: AnalyserNode | undefined;

  /** `changed` is told each new state, `replaced` each new stream after the first. */
  constructor(
    private readonly changed: (state: MicrophoneState) => void,
    private readonly replaced: (track: MediaStreamTrack) => void,
  ) {
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#again());
  }

  /** Take it. Undefined where there is none, and `state` says why. */
  async open(): Promise<MediaStream | undefined> {
    if (this.state === "works" && this.#stream?.active) return this.#stream;
    if (navigator.mediaDevices === undefined) {
      // not a secure context: http from another machine
      this.#set("missing");
      return undefined;
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (wrong) {
      const why = meaning(wrong);
      if (why !== "missing" || this.state !== "lost") this.#set(why);
      return undefined;
    }
    const track = this.#stream.getAudioTracks()[0];
    if (track === undefined) {
      this.#set("missing");
      return undefined;
    }
    track.addEventListener("ended", () => {
      if (this.#stream?.getAudioTracks()[0] !== track) return; // another one has taken its place
      this.#set("lost");
      void this.#again();
    });
    this.#listen(this.#stream);
    this.#set("works");
    return this.#stream;
  }

  /** How loud it is now, 0 to 1. */
  level(): number {
    if (this.#analyser === undefined) return 0;
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    return Math.min(1, Math.max(...samples.map(Math.abs)));
  }

  close(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    void this.#context?.close();
    this.#stream = this.#context = this.#analyser = undefined;
    this.#set("none");
  }

  async #again(): Promise<void> {
    if (this.state !== "lost" && this.state !== "missing") return;
    const track = (await this.open())?.getAudioTracks()[0];
    if (track !== undefined) this.replaced(track);
  }

  #listen(stream: MediaStream): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 512;
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  #set(state: MicrophoneState): void {
    if (this.state === state) return;
    this.state = state;
    this.changed(state);
  }
}
