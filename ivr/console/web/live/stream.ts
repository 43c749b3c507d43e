// The event stream: one for all tabs of a browser. A browser opens six connections to a host, and the seventh tab would
// wait for ever; so the tab that holds a lock opens the stream and passes on what it hears, and when it is closed another
// has the lock. Without locks (no secure context) every tab opens its own.

/** What the stream tells: the event's name and its data. */
export interface Told {
  readonly name: string;
  readonly data: unknown;
}

/** What is known of the stream itself: it runs, it is broken and tried again, the session is over, or it is refused. */
export type StreamState = "open" | "broken" | "signed-out" | "refused";

type Message =
  | { readonly kind: "told"; readonly told: Told }
  | { readonly kind: "state"; readonly state: StreamState }
  | { readonly kind: "wants"; readonly tab: string; readonly topics: readonly string[] }
  | { readonly kind: "gone"; readonly tab: string }
  | { readonly kind: "who" };

/** The events that say how something is, so that a tab that opens later is told the last: event → what keys it. */
const STATES: Readonly<Record<string, (data: unknown) => string>> = {
  alive: () => "",
  menu: () => "",
  region: (data) => String((data as { region?: unknown }).region),
};
const NAMES = ["region", "alive", "menu", "over"];
/** A stream that was refused, or whose session is over, is tried again so seldom (ms). */
const SELDOM_MS = 5_000;
/** A tab that has said nothing for so long is gone (ms); each says every third of that that it is there. */
const GONE_MS = 30_000;

/** What of the browser this needs; tests give their own. */
export interface Surroundings {
  readonly source: (url: string) => EventSource;
  readonly ask: (url: string) => Promise<{ readonly status: number }>;
  readonly locks: LockManager | undefined;
  readonly channel: (name: string) => BroadcastChannel;
  readonly now: () => number;
}

const HERE: Surroundings = {
  source: (url) => new EventSource(url),
  ask: async (url) => {
    const answer = await fetch(url, { headers: { accept: "text/plain" } });
    await answer.body?.cancel();
    return answer;
  },
  locks: navigator.locks,
  channel: (name) => new BroadcastChannel(name),
  now: () => performance.now(),
};

/** One tab's part in it. `topics` are what the tab wants, `hear` and `state` are called with what comes. */
export class LiveStream {
  readonly #tab = Math.random().toString(36).slice(2);
  readonly #channel: BroadcastChannel;
  readonly #last = new Map<string, Told>();
  readonly #tabs = new Map<string, { topics: readonly string[]; at: number }>();
  readonly #names: Set<string>;
  #source: EventSource | null = null;
  #open = "";
  #state: StreamState | null = null;
  #leads = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly topics: readonly string[],
    private readonly hear: (told: Told) => void,
    private readonly state: (state: StreamState) => void,
    names: readonly string[] = [],
    private readonly around: Surroundings = HERE,
  ) {
    this.#names = new Set([...NAMES, ...names]);
    this.#channel = around.channel("console-live");
    this.#channel.onmessage = (event: MessageEvent<Message>) => this.#take(event.data);
    this.#wants();
    setInterval(() => this.#wants(), GONE_MS / 3);
    addEventListener("pagehide", () => this.#post({ kind: "gone", tab: this.#tab }));
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.#wants();
    });
    if (around.locks === undefined) {
      this.#lead();
    } else {
      // held until the tab is closed: the promise never ends
      void around.locks.request("console-live", () => {
        this.#lead();
        return new Promise<never>(() => {});
      });
    }
  }

  #post(message: Message): void {
    this.#channel.postMessage(message);
  }

  #wants(): void {
    this.#post({ kind: "wants", tab: this.#tab, topics: this.topics });
    if (this.#leads) this.#serve();
  }

  #take(message: Message): void {
    switch (message.kind) {
      case "told":
        this.hear(message.told);
        break;
      case "state":
        this.state(message.state);
        break;
      case "who":
        this.#wants();
        break;
      case "wants":
        if (!this.#leads) break;
        if (!this.#tabs.has(message.tab)) this.#tellAgain();
        this.#tabs.set(message.tab, { topics: message.topics, at: this.around.now() });
        this.#serve();
        break;
      case "gone":
        if (this.#leads && this.#tabs.delete(message.tab)) this.#serve();
        break;
    }
  }

  #lead(): void {
    this.#leads = true;
    this.#post({ kind: "who" });
    this.#serve();
  }

  /** A tab that has just come is told how everything is. */
  #tellAgain(): void {
    if (this.#state !== null) this.#post({ kind: "state", state: this.#state });
    for (const told of this.#last.values()) this.#post({ kind: "told", told });
  }

  /** The stream is open for what all tabs want. One that wants less leaves it as it is. */
  #serve(): void {
    const now = this.around.now();
    for (const [tab, one] of this.#tabs) if (now - one.at > GONE_MS) this.#tabs.delete(tab);
    const wanted = new Set([...this.topics, ...[...this.#tabs.values()].flatMap((one) => one.topics)]);
    const open = new Set(this.#open.split(","));
    if (this.#source !== null && [...wanted].every((topic) => open.has(topic))) return;
    this.#begin([...wanted].sort().join(","));
  }

  #begin(topics: string): void {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#open = topics;
    const url = `/live?topics=${encodeURIComponent(topics)}`;
    const source = this.around.source(url);
    this.#source = source;
    source.onopen = () => this.#now("open");
    source.onerror = () => {
      if (this.#source !== source) return;
      this.#now("broken");
      if (source.readyState === source.CLOSED) void this.#why(url);
    };
    for (const name of this.#names) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        if (this.#source === source) this.#heard(name, event.data);
      });
    }
  }

  #heard(name: string, text: string): void {
    const told: Told = { name, data: JSON.parse(text) as unknown };
    const key = STATES[name];
    if (key !== undefined) this.#last.set(`${name} ${key(told.data)}`, told);
    this.hear(told);
    this.#post({ kind: "told", told });
  }

  /** The browser has given up: the console said no. */
  async #why(url: string): Promise<void> {
    let status = 0;
    try {
      status = (await this.around.ask(url)).status;
    } catch {
      // the console is away: tried again like everything else
    }
    if (status === 401) this.#now("signed-out");
    else if (status === 403 || status === 400) this.#now("refused");
    this.#again = setTimeout(() => {
      this.#source?.close();
      this.#source = null;
      this.#serve();
    }, status === 401 || status === 403 || status === 400 ? SELDOM_MS : 1_000);
  }

  #now(state: StreamState): void {
    this.#state = state;
    this.state(state);
    this.#post({ kind: "state", state });
  }
}
