// A few minutes before the session ends it is said, at the edge of the page: nothing takes the focus from who types.

export const WARN_MS = 5 * 60_000;
const AGAIN_MS = 30_000;

/** Milliseconds, as `/session` tells: if nothing more is done, and at most. */
export interface Left {
  idle: number;
  longest: number;
}

export const least = (left: Left): number => Math.min(left.idle, left.longest);

/** What is said when so much is left at `now` (epoch ms); "" as long as nothing need be said. */
export function warning(left: Left, now: number): string {
  if (least(left) > WARN_MS) return "";
  const at = new Date(now + least(left)).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const minutes = Math.max(1, Math.round(least(left) / 60_000));
  if (left.longest <= left.idle) {
    return `登录快满 12 小时，约 ${minutes} 分钟后（${at}）结束：请先提交正在写的内容；没有提交的留在这个浏览器里，重新登录后可以恢复。`;
  }
  return `很久没有操作，登录约 ${minutes} 分钟后（${at}）结束。`;
}

export class SessionEnding {
  readonly #place: HTMLElement;
  readonly #words = document.createElement("p");
  readonly #stay = document.createElement("button");
  #timer = 0;

  constructor(private readonly page: Document, left: number) {
    // There from the beginning and empty: what comes into it later is read out.
    this.#place = page.createElement("div");
    this.#place.className = "session-ending";
    this.#place.setAttribute("aria-live", "polite");
    this.#stay.type = "button";
    this.#stay.textContent = "继续登录";
    this.#stay.addEventListener("click", () => void this.#ask("POST"));
    page.querySelector("main")?.append(this.#place);
    this.#later(left - WARN_MS);
    page.addEventListener("visibilitychange", () => page.visibilityState === "visible" && this.#timer && void this.#ask("GET"));
  }

  #later(ms: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask("GET"), Math.max(ms, 0));
  }

  async #ask(method: "GET" | "POST"): Promise<void> {
    let answer: Response;
    try {
      answer = await fetch("/session", { method });
    } catch {
      this.#later(AGAIN_MS); // the console is away; pages say so themselves
      return;
    }
    if (answer.status === 401) {
      this.#over();
      return;
    }
    if (!answer.ok) {
      this.#later(AGAIN_MS);
      return;
    }
    const left = (await answer.json()) as Left;
    this.#show(left);
    this.#later(least(left) > WARN_MS ? least(left) - WARN_MS : Math.min(AGAIN_MS, least(left) + 500));
  }

  #show(left: Left): void {
    const words = warning(left, Date.now());
    if (words === "") {
      this.#place.replaceChildren();
      return;
    }
    if (this.#words.textContent !== words) this.#words.textContent = words;
    const parts: Node[] = left.longest <= left.idle ? [this.#words] : [this.#words, this.#stay];
    if (this.#place.childElementCount !== parts.length) this.#place.replaceChildren(...parts);
  }

  #over(): void {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.#words.textContent = "登录已结束。写到一半的内容留在这个浏览器里，重新登录后可以恢复。";
    const link = this.page.createElement("a");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "重新登录";
    this.#place.replaceChildren(this.#words, link);
  }
}

export function watchSession(page: Document): void {
  const left = Number(page.querySelector<HTMLMetaElement>("meta[name=session-left]")?.content ?? "");
  if (left > 0) new SessionEnding(page, left);
}
