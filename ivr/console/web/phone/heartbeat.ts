// A WebSocket that stalls (a cable pulled, a computer that slept) closes only after minutes: so the page asks for a sign
// of life (RFC 5626, 4.4.1), which the console answers itself, and gives the connection up where none comes.
import type { Socket } from "jssip/lib/Socket";

/** So often it is asked; without anything heard by the next time, the connection is over. Time to connect, too. */
export const BEAT_MS = 3_000;
const PING = "\r\n\r\n";
const ABNORMAL = 1006;

export class HeartbeatSocket implements Socket {
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (data: unknown) => void = () => undefined;
  readonly #inner: Socket;
  #timer: ReturnType<typeof setInterval> | undefined;
  #waits = false;

  constructor(inner: Socket) {
    this.#inner = inner;
  }

  get via_transport(): string {
    return this.#inner.via_transport;
  }

  set via_transport(name: string) {
    this.#inner.via_transport = name;
  }

  get url(): string {
    return this.#inner.url;
  }

  get sip_uri(): string {
    return this.#inner.sip_uri;
  }

  connect(): void {
    clearInterval(this.#timer);
    this.#waits = true;
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    this.#inner.onconnect = () => {
      this.#waits = false;
      this.onconnect();
    };
    this.#inner.ondisconnect = (error, code, reason) => {
      clearInterval(this.#timer);
      this.ondisconnect(error, code, reason);
    };
    this.#inner.ondata = (data) => {
      this.#waits = false;
      this.ondata(data);
    };
    this.#inner.connect();
  }

  disconnect(): void {
    clearInterval(this.#timer);
    this.#inner.disconnect();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    return this.#inner.send(message);
  }

  isConnected(): boolean {
    return this.#inner.isConnected();
  }

  isConnecting(): boolean {
    return this.#inner.isConnecting();
  }

  #beat(): void {
    if (!this.#waits) {
      this.#waits = true;
      this.#inner.send(PING);
      return;
    }
    this.disconnect(); // its own close would wait for the other side
    this.ondisconnect(true, ABNORMAL, "no sign of life");
  }
}
