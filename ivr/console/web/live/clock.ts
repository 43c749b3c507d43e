// How old what is shown is, and how long something has lasted: by the console's clock, which the stream tells every
// second, and the browser's own steps since. What the clock of the browser's machine says matters to nobody.

/** One word of the stream about time: the console's clock (ms), the age of the figures then (ms, null: none yet). */
export interface Beat {
  readonly now: number;
  readonly age: number | null;
  readonly linked: boolean;
}

/** From here on what is shown is no longer how it is (ms). */
export const STALE_MS = 5_000;

/** The console's clock, as far as it is known here. `steps` counts ms and never goes back. */
export class ServerClock {
  #beat: Beat | null = null;
  #at = 0;

  constructor(private readonly steps: () => number = () => performance.now()) {}

  /** The stream has told the time. */
  take(beat: Beat): void {
    this.#beat = beat;
    this.#at = this.steps();
  }

  /** The console's clock now (ms), null where it never told. */
  now(): number | null {
    return this.#beat === null ? null : this.#beat.now + (this.steps() - this.#at);
  }

  /** How old the figures are (ms), null where there are none. */
  age(): number | null {
    const beat = this.#beat;
    return beat === null || beat.age === null ? null : beat.age + (this.steps() - this.#at);
  }

  /** Whether the console hears the node, as far as it told. */
  get linked(): boolean {
    return this.#beat !== null && this.#beat.linked;
  }
}

/** A span (ms) as people read it: 3:07, 1:02:03. What has not begun by the console's clock has lasted nothing. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number: number): string => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${Math.floor((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return hours === 0 ? rest : `${hours}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
}

/** Every `<time data-since="MS">` below says how long it has been. */
export function tick(root: ParentNode, now: number): void {
  for (const one of root.querySelectorAll<HTMLElement>("time[data-since]")) {
    const since = Number(one.dataset["since"]);
    if (!Number.isFinite(since)) continue;
    const words = span(now - since);
    if (one.textContent !== words) one.textContent = words;
  }
}

/** What is said of the figures' age, and whether they are too old to be believed. */
export function told(clock: ServerClock): { words: string; stale: boolean } {
  const age = clock.age();
  if (age === null) return { words: "中断：还没有数据", stale: true };
  if (age >= STALE_MS) return { words: `中断：${span(age)} 前的情况`, stale: true };
  return { words: age < 1500 ? "实时" : `${Math.floor(age / 1000)} 秒前`, stale: false };
}
