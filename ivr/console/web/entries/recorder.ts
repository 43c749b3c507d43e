// <prompt-recorder>: records a prompt with the browser's microphone, lets it be heard, and puts it into the form's file
// field as telephone sound (8 kHz, mono, 16 bit). A file of another format is converted the same way.
import { telephone } from "../editor/sound.ts";

class PromptRecorder extends HTMLElement {
  readonly #button = document.createElement("button");
  readonly #state = document.createElement("p");
  readonly #heard = document.createElement("audio");
  #recorder: MediaRecorder | undefined;

  connectedCallback(): void {
    if (this.childElementCount) return;
    this.#button.type = "button";
    this.#button.textContent = "开始录音";
    this.#state.setAttribute("role", "status");
    this.#heard.controls = true;
    this.#heard.hidden = true;
    this.#heard.setAttribute("aria-label", "刚才录的");
    this.#button.addEventListener("click", () => void (this.#recorder ? this.#recorder.stop() : this.#record()));
    this.append(this.#button, this.#state, this.#heard);
    this.#input?.addEventListener("change", () => void this.#chosen());
  }

  get #input(): HTMLInputElement | null {
    return this.closest("form")?.querySelector<HTMLInputElement>('input[type="file"]') ?? null;
  }

  async #record(): Promise<void> {
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    } catch (wrong) {
      this.#say(`不能用话筒（${wrong instanceof Error ? wrong.name : String(wrong)}）：检查话筒和浏览器的许可，或选一个文件`);
      return;
    }
    const parts: Blob[] = [];
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 256_000 });
    this.#recorder = recorder;
    let lost = false;
    stream.getAudioTracks()[0]?.addEventListener("ended", () => {
      lost = true;
      if (recorder.state !== "inactive") recorder.stop();
    });
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      this.#recorder = undefined;
      this.#button.textContent = "重新录音";
      void this.#take(new Blob(parts), lost ? "话筒断开了，录到的部分在下面；" : "");
    });
    recorder.start();
    this.#button.textContent = "停止";
    this.#say("录音中…");
  }

  async #chosen(): Promise<void> {
    const file = this.#input?.files?.[0];
    if (file && file.name !== "recorded.wav") await this.#take(file, "");
  }

  async #take(sound: Blob, before: string): Promise<void> {
    try {
      const wav = await telephone(await sound.arrayBuffer());
      const files = new DataTransfer();
      files.items.add(new File([wav], "recorded.wav", { type: "audio/wav" }));
      if (this.#input) this.#input.files = files.files;
      URL.revokeObjectURL(this.#heard.src);
      this.#heard.src = URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
      this.#heard.hidden = false;
      this.#say(`${before}先听一听，再点“采用”`);
    } catch {
      // The server says what is wrong with a file that the browser cannot read either.
      this.#say(`${before}浏览器读不了这段声音：请用 8000 赫兹、单声道、16 位的 WAV`);
    }
  }

  #say(words: string): void {
    this.#state.textContent = words;
  }
}

customElements.define("prompt-recorder", PromptRecorder);
