import { heardFrom, moved, stay, stepAt, type Step } from "./steps.ts";

/** <hotline-player>: around a call's recordings, time line and menu. Without it they are a list, links and controls. */
export class Player extends HTMLElement {
  private rows: HTMLElement[] = [];
  private steps: Step[] = [];
  private sounds: HTMLAudioElement[] = [];
  /** What the caller said in a step, of its own: no part of a recording. */
  private readonly utterance = new Audio();
  private current = -1;
  private timer: number | undefined;

  connectedCallback(): void {
    this.rows = [...this.querySelectorAll<HTMLElement>(".timeline > li")];
    this.sounds = [...this.querySelectorAll("audio")];
    this.steps = this.rows.map((row) => ({
      at: Number(row.dataset["at"]),
      places: new Map(
        [...row.querySelectorAll<HTMLElement>("a.play")].map((link) => [
          Number(link.dataset["sound"]),
          Number(link.dataset["placeS"]),
        ]),
      ),
    }));
    this.sounds.forEach((sound, number) => this.follow(sound, number));
    this.querySelector<HTMLElement>(".replay")?.removeAttribute("hidden");
    this.utterance.addEventListener("play", () => this.quiet(this.utterance));
    this.addEventListener("click", (event) => this.pressed(event));
  }

  disconnectedCallback(): void {
    this.stop();
    this.utterance.pause();
  }

  private pressed(event: Event): void {
    const at = event.target instanceof Element ? event.target : null;
    const play = at?.closest<HTMLElement>("a.play");
    const step = at?.closest<HTMLElement>("[data-step]");
    const node = at?.closest<SVGAElement>("a[data-node]");
    const utterance = at?.closest<HTMLAnchorElement>("a.utterance");
    if (play) {
      event.preventDefault();
      this.play(Number(play.dataset["sound"]), Number(play.dataset["placeS"]));
    } else if (utterance) {
      event.preventDefault();
      this.hear(this.rows.findIndex((row) => row.contains(utterance)));
    } else if (at?.closest("[data-hear]")) {
      const number = heardFrom(this.rows.map((row) => utteranceOf(row) !== null), this.current);
      if (number >= 0) this.hear(number);
      else this.say("后面没有可听的话");
    } else if (step) {
      this.stop();
      this.go(moved(this.rows.length, this.current, Number(step.dataset["step"])), true);
    } else if (at?.closest("[data-replay]")) {
      if (this.timer === undefined) this.replay();
      else this.stop();
    } else if (node) {
      const number = this.rows.findIndex((row) => `#${row.id}` === node.getAttribute("href"));
      if (number >= 0) this.go(number, false);
    }
  }

  /** Light a step: in the list, in the menu, in the words that are read out. */
  private go(number: number, sound: boolean): void {
    if (number === this.current || this.rows[number] === undefined) return;
    this.rows[this.current]?.removeAttribute("aria-current");
    const row = this.rows[number];
    row.setAttribute("aria-current", "step");
    row.scrollIntoView({ block: "nearest" });
    this.light(row.dataset["place"] ?? "");
    const output = this.querySelector("output");
    if (output) output.textContent = `第 ${number + 1} 步，共 ${this.rows.length} 步`;
    this.current = number;
    if (sound) this.moveSound(number);
  }

  private light(place: string): void {
    if (place === "") return;
    for (const one of this.querySelectorAll(".picture .now")) one.classList.remove("now");
    for (const one of this.querySelectorAll<SVGAElement>(".picture a[data-node]")) {
      if (one.dataset["node"] !== place) continue;
      one.classList.add("now", "passed");
    }
  }

  private moveSound(number: number): void {
    for (const [sound, place] of this.steps[number]?.places ?? []) {
      const audio = this.sounds[sound];
      if (audio && audio.readyState > 0) audio.currentTime = place;
    }
  }

  private play(sound: number, place: number): void {
    const audio = this.sounds[sound];
    if (audio === undefined) return;
    this.stop();
    audio.currentTime = place;
    void audio.play().catch(() => this.say("播放不了这段录音"));
  }

  /** What was said in a step, from its start; once more, and it stops. */
  private hear(number: number): void {
    const row = this.rows[number];
    const link = row === undefined ? null : utteranceOf(row);
    if (link === null) return;
    const again = this.utterance.src === link.href && !this.utterance.paused;
    this.stop();
    this.utterance.pause();
    this.go(number, false);
    if (again) return;
    if (this.utterance.src !== link.href) this.utterance.src = link.href;
    this.utterance.currentTime = 0;
    void this.utterance.play().catch((refused: unknown) => {
      // another one was pressed before this one was there
      if (refused instanceof DOMException && refused.name === "AbortError") return;
      this.utterance.removeAttribute("src");
      this.say("播放不了这句话：可能需要刷新这一页重新写明原因，或已被清除");
    });
  }

  private quiet(but: HTMLAudioElement): void {
    this.stop();
    for (const other of [...this.sounds, this.utterance]) if (other !== but) other.pause();
  }

  private say(words: string): void {
    const output = this.querySelector("output");
    if (output) output.textContent = words;
  }

  private follow(audio: HTMLAudioElement, sound: number): void {
    const outline = audio.parentElement?.querySelector<SVGSVGElement>("svg.outline");
    const width = outline?.viewBox.baseVal.width ?? 0;
    audio.addEventListener("timeupdate", () => {
      const x = audio.duration > 0 ? (audio.currentTime / audio.duration) * width : 0;
      outline?.querySelector(".now")?.setAttribute("d", `M${x.toFixed(1)} 0V100`);
      const number = stepAt(this.steps, sound, audio.currentTime);
      if (!audio.paused && number >= 0) this.go(number, false);
    });
    audio.addEventListener("play", () => this.quiet(audio));
    audio.addEventListener("error", () => this.say("录音读不出来：可能需要重新写明原因，或已被清除"));
    outline?.addEventListener("click", (event) => {
      const box = outline.getBoundingClientRect();
      if (box.width > 0 && audio.duration > 0) {
        audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
      }
    });
  }

  /** Step after step by itself, from the beginning where the end was reached. */
  private replay(): void {
    for (const sound of [...this.sounds, this.utterance]) sound.pause();
    if (this.current >= this.rows.length - 1) {
      this.rows[this.current]?.removeAttribute("aria-current");
      this.current = -1;
    }
    this.querySelector("[data-replay]")?.setAttribute("aria-pressed", "true");
    const next = (): void => {
      this.go(moved(this.rows.length, this.current, 1), true);
      const wait = stay(this.steps, this.current);
      if (wait > 0) this.timer = window.setTimeout(next, wait);
      else this.stop();
    };
    next();
  }

  private stop(): void {
    if (this.timer !== undefined) window.clearTimeout(this.timer);
    this.timer = undefined;
    this.querySelector("[data-replay]")?.setAttribute("aria-pressed", "false");
  }
}

function utteranceOf(row: HTMLElement): HTMLAnchorElement | null {
  return row.querySelector<HTMLAnchorElement>("a.utterance");
}
