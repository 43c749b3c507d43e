import { beforeEach, expect, test, vi } from "vitest";
import { LiveStream, type StreamState, type Surroundings, type Told } from "./stream.ts";

class Source {
  static all: Source[] = [];
  readonly CLOSED = 2;
  readyState = 1;
  closed = false;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #listeners = new Map<string, (event: { data: string }) => void>();
  constructor(readonly url: string) {
    Source.all.push(this);
  }
  addEventListener(name: string, listener: (event: { data: string }) => void): void {
    this.#listeners.set(name, listener);
  }
  tell(name: string, data: unknown): void {
    this.#listeners.get(name)?.({ data: JSON.stringify(data) });
  }
  close(): void {
    this.closed = true;
  }
}

/** One browser: its tabs share a channel and a lock. */
class Browser {
  readonly channels = new Set<Channel>();
  readonly waiting: (() => Promise<unknown>)[] = [];
  held = false;
  status = 0;

  around(): Surroundings {
    return {
      source: (url) => new Source(url) as unknown as EventSource,
      ask: () => (this.status === 0 ? Promise.reject(new Error("away")) : Promise.resolve({ status: this.status })),
      locks: { request: (_: string, work: () => Promise<unknown>) => this.#request(work) } as unknown as LockManager,
      channel: () => new Channel(this) as unknown as BroadcastChannel,
      now: () => Date.now(),
    };
  }

  /** The tab that holds the lock is closed. */
  leaderGone(): void {
    this.held = false;
    const next = this.waiting.shift();
    if (next !== undefined) void this.#request(next);
  }

  #request(work: () => Promise<unknown>): Promise<unknown> {
    if (this.held) {
      this.waiting.push(work);
      return new Promise(() => {});
    }
    this.held = true;
    return work();
  }
}

class Channel {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(private readonly browser: Browser) {
    browser.channels.add(this);
  }
  postMessage(data: unknown): void {
    for (const one of this.browser.channels) if (one !== this) one.onmessage?.({ data: structuredClone(data) });
  }
}

interface Tab {
  readonly heard: Told[];
  readonly states: StreamState[];
}

function tab(browser: Browser, ...topics: string[]): Tab {
  const found: Tab = { heard: [], states: [] };
  new LiveStream(topics, (one) => found.heard.push(one), (state) => found.states.push(state), [], browser.around());
  return found;
}

const open = (): Source[] => Source.all.filter((one) => !one.closed);

beforeEach(() => {
  Source.all = [];
  vi.useFakeTimers();
});

test("eight tabs have one stream, and each hears everything", () => {
  const browser = new Browser();
  const tabs = Array.from({ length: 8 }, () => tab(browser, "now"));
  expect(open().map((one) => one.url)).toEqual(["/live?topics=now"]);
  open()[0]!.tell("region", { region: "now.calls", html: "<p>1</p>" });
  for (const one of tabs) expect(one.heard.map((told) => told.name)).toEqual(["region"]);
});

test("a tab that opens later is told how everything is", () => {
  const browser = new Browser();
  tab(browser, "now");
  open()[0]!.onopen?.();
  open()[0]!.tell("region", { region: "now.calls", html: "old" });
  open()[0]!.tell("region", { region: "now.calls", html: "new" });
  open()[0]!.tell("alive", { now: 1, age: 0, linked: true });
  const late = tab(browser, "now");
  expect(late.states).toEqual(["open"]);
  expect(late.heard.map((one) => (one.data as { html?: string }).html)).toEqual(["new", undefined]);
});

test("the stream is for what any tab wants, and is opened again for no less", () => {
  const browser = new Browser();
  tab(browser, "now");
  tab(browser, "menu");
  expect(open().map((one) => one.url)).toEqual(["/live?topics=menu%2Cnow"]);
  tab(browser, "now");
  expect(Source.all.length).toBe(2);
});

test("when the tab with the stream is closed another opens it, for all that are left", () => {
  const browser = new Browser();
  tab(browser, "now");
  const second = tab(browser, "wall");
  const third = tab(browser, "menu");
  const first = [...browser.channels][0]!;
  browser.channels.delete(first);
  for (const one of open()) one.close();
  browser.leaderGone();
  expect(open().map((one) => one.url)).toEqual(["/live?topics=menu%2Cwall"]);
  open()[0]!.tell("alive", { now: 1, age: 0, linked: true });
  expect([second.heard.length, third.heard.length]).toEqual([1, 1]);
});

test.each([
  [401, "signed-out"],
  [403, "refused"],
  [0, "broken"],
] as const)("a stream that the console ends with %i is %s, and tried again", async (status, state) => {
  const browser = new Browser();
  browser.status = status;
  const [one, other] = [tab(browser, "now"), tab(browser, "now")];
  const source = open()[0]!;
  source.readyState = 2;
  source.onerror?.();
  await vi.advanceTimersByTimeAsync(100);
  expect([one.states.at(-1), other.states.at(-1)]).toEqual([state, state]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(open().length).toBe(1);
  expect(open()[0]).not.toBe(source);
});

test("what an old stream still says is not heard", () => {
  const browser = new Browser();
  const one = tab(browser, "now");
  const old = open()[0]!;
  tab(browser, "menu");
  old.tell("alive", { now: 1, age: 0, linked: true });
  expect(one.heard).toEqual([]);
});
