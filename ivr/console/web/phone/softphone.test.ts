import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Problem, Softphone } from "./softphone.ts";

class Track {
  enabled = true;
  stopped = false;
  readonly kind = "audio";
  clone(): Track {
    return new Track();
  }
  stop(): void {
    this.stopped = true;
  }
}

class Stream {
  constructor(readonly tracks: Track[]) {}
  getAudioTracks(): Track[] {
    return this.tracks;
  }
  getTracks(): Track[] {
    return this.tracks;
  }
}

/** A call, as JsSIP has it. */
class Session extends EventEmitter {
  established = false;
  held = false;
  muted = false;
  refused = 0;
  renegotiated = 0;
  replaced: Track[] = [];
  readonly connection = {
    connectionState: "connected",
    addEventListener: () => undefined,
    getSenders: () => [{ track: new Track(), replaceTrack: async (track: Track) => void this.replaced.push(track) }],
  };
  constructor(readonly direction: "incoming" | "outgoing") {
    super();
  }
  isEstablished(): boolean {
    return this.established;
  }
  isEnded(): boolean {
    return false;
  }
  isOnHold(): { local: boolean; remote: boolean } {
    return { local: this.held, remote: false };
  }
  isMuted(): { audio: boolean } {
    return { audio: this.muted };
  }
  hold(): void {
    this.held = true;
    this.emit("hold");
  }
  unhold(): void {
    this.held = false;
    this.emit("unhold");
  }
  mute(): void {
    this.muted = true;
  }
  renegotiate(): void {
    this.renegotiated += 1;
  }
  terminate({ status_code }: { status_code?: number } = {}): void {
    this.refused = status_code ?? 0;
  }
}

const jssip = vi.hoisted(() => ({ agents: [] as unknown[] }));

vi.mock("jssip", async () => {
  const { EventEmitter: Emitter } = await import("node:events");
  class Agent extends Emitter {
    registers = 0;
    registered = false;
    called: { stream: unknown }[] = [];
    constructor() {
      super();
      jssip.agents.push(this);
    }
    start(): void {}
    stop(): void {}
    register(): void {
      this.registers += 1;
    }
    isConnected(): boolean {
      return true;
    }
    isRegistered(): boolean {
      return this.registered;
    }
    call(_: string, { mediaStream }: { mediaStream: unknown }): void {
      this.called.push({ stream: mediaStream });
    }
  }
  class WebSocketInterface {}
  const causes = { REJECTED: "Rejected", AUTHENTICATION_ERROR: "Authentication Error", NOT_FOUND: "Not Found" };
  return { default: { UA: Agent, WebSocketInterface, C: { causes: { ...causes, CANCELED: "Canceled", NO_ANSWER: "No Answer" } } } };
});

interface Agent extends EventEmitter {
  registers: number;
  registered: boolean;
  called: { stream: Stream }[];
}

let phone: Softphone;
let agent: Agent;
let problems: Problem[];
const reminded = vi.fn();
const REQUEST = { getHeader: () => undefined };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", Stream);
  [jssip.agents.length, problems] = [0, []];
  reminded.mockClear();
  const account = { url: "ws://console.test/sip", address: "sip:1001-web@desk.invalid", user: "1001-web", password: "x", registers: true };
  phone = new Softphone(account, { changed: () => undefined, problem: (what) => problems.push(what), sound: () => undefined, reminded });
  phone.start();
  agent = jssip.agents[0] as Agent;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A caller talks to the agent. */
function talks(): Session {
  const session = new Session("incoming");
  agent.emit("registered");
  agent.emit("newRTCSession", { session, request: REQUEST });
  session.established = true;
  session.emit("confirmed");
  return session;
}

test("a telephone that is registered again in a call negotiates that call anew, once", () => {
  const session = talks();
  expect(session.renegotiated).toBe(0);
  agent.emit("disconnected");
  expect([phone.now.link, phone.now.call?.state]).toEqual(["lost", "talking"]);
  agent.emit("registered");
  vi.advanceTimersByTime(60_000);
  expect([phone.now.link, session.renegotiated]).toEqual(["up", 1]);
});

test("without a call there is nothing to negotiate, and one that only rings is left alone", () => {
  const session = new Session("incoming");
  agent.emit("registered");
  agent.emit("newRTCSession", { session, request: REQUEST });
  agent.emit("disconnected");
  agent.emit("registered");
  expect(session.renegotiated).toBe(0);
});

test("nothing is put on hold over a connection that is gone", () => {
  const session = talks();
  agent.emit("disconnected");
  phone.hold(true);
  expect(session.held).toBe(false);
  agent.emit("registered");
  phone.hold(true);
  expect(session.held).toBe(true);
});

test("a registration without an answer is tried again, and is no refusal", () => {
  agent.emit("registrationFailed", { cause: "Request Timeout" });
  expect([phone.now.link, problems, agent.registers]).toEqual(["lost", [], 0]);
  vi.advanceTimersByTime(4_000);
  expect(agent.registers).toBe(1);
  agent.emit("registrationFailed", { cause: "Rejected" });
  vi.advanceTimersByTime(60_000);
  expect([problems, agent.registers]).toEqual([["refused"], 1]);
});

test.each([[false, false, true], [true, false, false], [false, true, false]])(
  "another microphone in a call (muted %s, on hold %s) is heard: %s",
  async (muted, held, heard) => {
    const session = talks();
    [session.muted, session.held] = [muted, held];
    const track = new Track();
    await phone.replace(track as unknown as MediaStreamTrack);
    expect(session.replaced).toEqual([track]);
    expect(track.enabled).toBe(heard);
  },
);

test("a colleague hears the agent though the caller is on hold: by a microphone of his own", () => {
  const session = talks();
  const own = new Track();
  phone.ask("1003", new Stream([own]) as unknown as MediaStream);
  const theirs = agent.called[0]?.stream.tracks[0];
  expect(session.held).toBe(true);
  expect(theirs).toBeDefined();
  expect(theirs).not.toBe(own);
});

test("a call that comes in another is refused, and rings where it reminds of a caller on hold", () => {
  const session = talks();
  const second = new Session("incoming");
  agent.emit("newRTCSession", { session: second, request: REQUEST });
  expect([second.refused, reminded.mock.calls.length]).toEqual([486, 0]);
  session.hold();
  const third = new Session("incoming");
  agent.emit("newRTCSession", { session: third, request: REQUEST });
  expect([third.refused, reminded.mock.calls.length]).toEqual([486, 1]);
  expect(phone.now.call?.state).toBe("held");
});
