// SIP over WebSocket through the console, sound by G.711, keys by RFC 4733. No page in here: see element.ts.
import JsSIP from "jssip";
import type { IncomingRequest } from "jssip/lib/SIPMessage";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { UA } from "jssip/lib/UA";
import { HeartbeatSocket } from "./heartbeat.ts";
import { settle } from "./settle.ts";

/** off: not started; up: calls can be made and, where it registers, come in; lost: it tries again by itself. */
export type Link = "off" | "connecting" | "up" | "lost";
export type CallState = "ringing" | "calling" | "talking" | "held";

export interface CallNow {
  direction: "in" | "out";
  state: CallState;
  muted: boolean;
  /** The call's id at the hotline, and the queue it came through; "" where it is none of the hotline's. */
  callId: string;
  queue: string;
  /** Whether sound can go both ways: ICE and DTLS are through. */
  sound: boolean;
}

export interface PhoneNow {
  link: Link;
  call: CallNow | null;
}

export interface Account {
  /** wss://…/sip on the console's own origin. */
  url: string;
  /** sip:USER@DOMAIN, who it is to Asterisk, and the session's password. */
  address: string;
  user: string;
  password: string;
  registers: boolean;
}

export type Problem = "no-sound" | "refused" | "unreachable" | "failed";

export interface Listener {
  changed: (now: PhoneNow) => void;
  problem: (what: Problem, cause: string) => void;
  sound: (stream: MediaStream) => void;
  /** Another call came during one on hold: the hotline reminds of who waits. */
  reminded: () => void;
}

/** Without sound so long after the answer it is negotiated anew, and told after as long again. */
const SOUND_MS = 1_500;
/** A registration that found no answer is tried again so soon. */
const AGAIN_MS = 4_000;
const KEY = { transportType: "RFC2833", duration: 100, interToneGap: 100 } as const;
const NO_SERVERS: RTCConfiguration = { iceServers: [] };

export class Softphone {
  #ua: UA | undefined;
  #session: RTCSession | undefined;
  /** A second call, to a colleague, while the first is on hold. */
  #beside: RTCSession | undefined;
  #asks = false;
  /** What the second call hears: a microphone of its own, for the first one's is closed while it is on hold. */
  #asking: MediaStream | undefined;
  #sound: MediaStream | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  now: PhoneNow = { link: "off", call: null };

  constructor(
    private readonly account: Account,
    private readonly listener: Listener,
  ) {}

  start(): void {
    if (this.#ua !== undefined) return;
    const { url, address, user, password, registers } = this.account;
    const ua = new JsSIP.UA({
      sockets: [new HeartbeatSocket(new JsSIP.WebSocketInterface(url))],
      uri: address,
      authorization_user: user,
      password,
      register: registers,
      register_expires: 60,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
    });
    ua.on("connected", () => {
      if (!registers) this.#reached();
    });
    ua.on("registered", () => this.#reached());
    ua.on("disconnected", () => this.#set({ link: "lost" }));
    ua.on("registrationFailed", (event: { cause?: string }) => {
      if (this.#ua !== ua) return;
      this.#set({ link: "lost" });
      const { REJECTED, AUTHENTICATION_ERROR, NOT_FOUND } = JsSIP.C.causes;
      const refusals: string[] = [REJECTED, AUTHENTICATION_ERROR, NOT_FOUND];
      if (refusals.includes(event.cause ?? "")) return this.listener.problem("refused", event.cause ?? "");
      // nobody refused it: JsSIP registers by itself after a new connection, but not on one that stands
      setTimeout(() => {
        if (this.#ua === ua && ua.isConnected() && !ua.isRegistered()) ua.register();
      }, AGAIN_MS);
    });
    ua.on("newRTCSession", ({ session, request }: { session: RTCSession; request: unknown }) =>
      this.#begun(session, request as IncomingRequest),
    );
    this.#ua = ua;
    this.#set({ link: "connecting" });
    ua.start();
  }

  /** Calls in progress are ended. */
  stop(): void {
    this.#ua?.stop();
    this.#ua = undefined;
    this.#set({ link: "off", call: null });
  }

  call(number: string, microphone: MediaStream): void {
    if (this.#ua === undefined || this.#session !== undefined) return;
    this.#ua.call(this.#at(number), { mediaStream: microphone, pcConfig: NO_SERVERS });
  }

  /** Have a word with somebody else, while this call is on hold; it is taken back when that one is over. */
  ask(number: string, microphone: MediaStream): void {
    if (this.#ua === undefined || !this.#session?.isEstablished() || this.#beside !== undefined) return;
    this.#asking = new MediaStream(microphone.getAudioTracks().map((track) => track.clone()));
    this.#session.hold();
    this.#asks = true;
    try {
      this.#ua.call(this.#at(number), { mediaStream: this.#asking, pcConfig: NO_SERVERS });
    } finally {
      this.#asks = false;
    }
  }

  /** End that word, and take the call back. */
  back(): void {
    if (this.#beside !== undefined && !this.#beside.isEnded()) this.#beside.terminate();
    else if (this.#session?.isEstablished()) this.#session.unhold();
  }

  answer(microphone: MediaStream): void {
    if (this.now.call?.state === "ringing") {
      this.#session?.answer({ mediaStream: microphone, pcConfig: NO_SERVERS });
    }
  }

  hangUp(): void {
    const session = this.#beside ?? this.#session;
    if (session !== undefined && !session.isEnded()) session.terminate();
  }

  keys(keys: string): void {
    const session = this.#beside ?? this.#session;
    if (session?.isEstablished()) session.sendDTMF(keys, { ...KEY } as object);
  }

  mute(muted: boolean): void {
    for (const session of [this.#session, this.#beside]) {
      if (muted) session?.mute({ audio: true });
      else session?.unmute({ audio: true });
    }
    this.#call({ muted });
  }

  hold(held: boolean): void {
    // on a connection that is gone a re-INVITE would end the call
    if (!this.#session?.isEstablished() || this.now.link !== "up") return;
    if (held) this.#session.hold();
    else this.#session.unhold();
  }

  /** Another microphone, in mid-call too: who is muted, or on hold, stays so. */
  async replace(track: MediaStreamTrack): Promise<void> {
    if (this.#session !== undefined) await sendTrack(this.#session, track);
    if (this.#beside === undefined) return;
    for (const old of this.#asking?.getTracks() ?? []) old.stop();
    const own = track.clone();
    this.#asking = new MediaStream([own]);
    await sendTrack(this.#beside, own);
  }

  #reached(): void {
    this.#set({ link: "up" });
    // The console was started again in mid-call: sound went on, but what Asterisk says of the call would go to the
    // connection that is gone.
    if (this.#session?.isEstablished()) this.#session.renegotiate();
  }

  #at(number: string): string {
    return `sip:${number}@${this.account.address.split("@")[1] ?? ""}`;
  }

  #second(session: RTCSession): void {
    this.#beside = session;
    session.on("icecandidate", settle());
    const hear = (connection: RTCPeerConnection): void =>
      connection.addEventListener("track", ({ streams }) => {
        if (streams[0] !== undefined) this.listener.sound(streams[0]);
      });
    session.on("peerconnection", ({ peerconnection }) => hear(peerconnection));
    if (session.connection) hear(session.connection);
    const over = (): void => {
      this.#beside = undefined;
      for (const track of this.#asking?.getTracks() ?? []) track.stop();
      this.#asking = undefined;
      if (this.#session?.isEstablished() !== true) return;
      this.#session.unhold();
      if (this.#sound !== undefined) this.listener.sound(this.#sound);
    };
    session.on("ended", over);
    session.on("failed", ({ cause, originator }) => {
      over();
      if (originator !== "local") this.listener.problem("failed", cause);
    });
  }

  #begun(session: RTCSession, request: IncomingRequest): void {
    if (this.#asks && session.direction === "outgoing") return this.#second(session);
    if (this.#session !== undefined) {
      if (this.now.call?.state === "held") this.listener.reminded();
      session.terminate({ status_code: 486 });
      return;
    }
    const incoming = session.direction === "incoming";
    const header = (name: string): string => (incoming ? (request.getHeader(name) ?? "") : "");
    this.#session = session;
    this.#set({
      call: {
        direction: incoming ? "in" : "out", state: incoming ? "ringing" : "calling", muted: false,
        callId: header("X-Hotline-Call"), queue: header("X-Hotline-Queue"), sound: false,
      },
    });
    session.on("icecandidate", settle());
    session.on("peerconnection", ({ peerconnection }) => this.#connection(peerconnection));
    if (session.connection) this.#connection(session.connection);
    session.on("confirmed", () => {
      this.#call({ state: "talking" });
      this.#await(session, true);
    });
    session.on("hold", () => this.#call({ state: "held" }));
    session.on("unhold", () => this.#call({ state: "talking" }));
    session.on("ended", () => this.#over(session, ""));
    session.on("failed", ({ cause }) => this.#over(session, cause));
  }

  #connection(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ streams }) => {
      if (streams[0] === undefined) return;
      this.#sound = streams[0];
      this.listener.sound(streams[0]);
    });
    connection.addEventListener("connectionstatechange", () =>
      this.#call({ sound: connection.connectionState === "connected" }),
    );
  }

  /** The answer came: where no sound does, it is negotiated anew once, and then it is told. */
  #await(session: RTCSession, again: boolean): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      if (this.#session !== session || session.connection?.connectionState === "connected") return;
      if (again) session.renegotiate();
      else return this.listener.problem("no-sound", session.connection?.connectionState ?? "");
      this.#await(session, false);
    }, SOUND_MS);
  }

  #over(session: RTCSession, cause: string): void {
    if (this.#session !== session) return;
    clearTimeout(this.#watch);
    this.#session = undefined;
    const asked = cause === "" || cause === JsSIP.C.causes.CANCELED || cause === JsSIP.C.causes.NO_ANSWER;
    this.#set({ call: null });
    if (!asked) this.listener.problem("failed", cause);
  }

  #call(changes: Partial<CallNow>): void {
    if (this.now.call !== null) this.#set({ call: { ...this.now.call, ...changes } });
  }

  #set(changes: Partial<PhoneNow>): void {
    this.now = { ...this.now, ...changes };
    this.listener.changed(this.now);
  }
}

/** Have the other side of a call hear this track. */
async function sendTrack(session: RTCSession, track: MediaStreamTrack): Promise<void> {
  const { local, remote } = session.isOnHold();
  track.enabled = !(session.isMuted().audio || local || remote);
  const sender = session.connection?.getSenders().find((one) => one.track?.kind !== "video");
  await sender?.replaceTrack(track);
}
