// The ring of a telephone here: 450 Hz, one second of five. Made by the page, so it can be rung to hear whether it is
// heard (a headset that is plugged in elsewhere rings nobody).
const TONE_HZ = 450;
const ON_S = 1;
const EVERY_S = 5;

export class Ring {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  get rings(): boolean {
    return this.#timer !== undefined;
  }

  /** Until `stop`. Needs a click before, or an open microphone: else browsers keep it silent. */
  start(): void {
    if (this.rings) return;
    this.once();
    this.#timer = setInterval(() => this.once(), EVERY_S * 1000);
  }

  once(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    const [tone, volume, now] = [this.#context.createOscillator(), this.#context.createGain(), this.#context.currentTime];
    tone.frequency.value = TONE_HZ;
    volume.gain.setValueAtTime(0, now);
    volume.gain.linearRampToValueAtTime(0.3, now + 0.02);
    volume.gain.setValueAtTime(0.3, now + ON_S - 0.02);
    volume.gain.linearRampToValueAtTime(0, now + ON_S);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(now);
    tone.stop(now + ON_S);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    void this.#context?.close();
    this.#context = undefined;
  }
}
