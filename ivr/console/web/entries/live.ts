// Live pages: `<live-status data-topics="now">` opens the event stream and says how old what it tells is; elements with
// data-region="now.calls" show what the stream says of them, and look old when it is.
import htmx from "htmx.org";
import { showCallers, type Callers } from "../live/callers.ts";
import { ServerClock, tick, told, type Beat } from "../live/clock.ts";
import { LiveStream, type StreamState, type Told } from "../live/stream.ts";

interface Region {
  readonly region: string;
  readonly html: string;
}

const WORDS: Readonly<Partial<Record<StreamState, string>>> = {
  "signed-out": "登录已失效，请重新登录",
  refused: "现在无权查看",
};

class LiveStatus extends HTMLElement {
  readonly #clock = new ServerClock();
  #state: StreamState | null = null;

  connectedCallback(): void {
    const topics = (this.dataset["topics"] ?? "").split(",").filter((topic) => topic !== "");
    new LiveStream(
      topics,
      (one) => this.#hear(one),
      (state) => {
        this.#state = state;
        this.#show();
      },
    );
    setInterval(() => this.#show(), 500);
  }

  #hear(one: Told): void {
    if (one.name === "alive") this.#clock.take(one.data as Beat);
    if (one.name === "region") this.#put(one.data as Region);
    if (one.name === "menu") showCallers(document, one.data as Callers);
    this.#show();
  }

  /** Rows that stay what they are keep the focus. */
  #put(one: Region): void {
    const body = document.querySelector(`[data-region="${CSS.escape(one.region)}"] > .live-body`);
    if (body === null) return;
    htmx.swap({ text: one.html, target: body, swap: "innerMorph" });
    this.#tick();
    // what is shown has become something else: a call its record
    const next = body.querySelector<HTMLAnchorElement>("a[data-go-on]");
    if (next !== null) location.replace(next.href);
  }

  #tick(): void {
    const now = this.#clock.now();
    if (now !== null) tick(document, now);
  }

  #show(): void {
    this.#tick();
    const { words, stale } = told(this.#clock);
    const said = (this.#state !== null ? WORDS[this.#state] : undefined) ?? words;
    const lost = stale || said !== words;
    for (const one of document.querySelectorAll(".live")) one.classList.toggle("stale", lost);
    const badge = this.querySelector(".badge") ?? this.appendChild(document.createElement("span"));
    const look = `badge ${lost ? "bad" : "ok"}`;
    if (badge.className !== look) badge.className = look;
    badge.setAttribute("role", "status");
    // the seconds of an outage are not read out one by one
    badge.setAttribute("aria-live", lost ? "off" : "polite");
    if (badge.textContent !== said) badge.textContent = said;
    this.dataset["state"] = lost ? "lost" : "live";
  }
}

customElements.define("live-status", LiveStatus);

// a list without the stream: how long everything had lasted when it was made
const made = document.querySelector<HTMLElement>("[data-now]");
if (made !== null) tick(made, Number(made.dataset["now"]));
