import type { Socket } from "jssip/lib/Socket";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BEAT_MS, HeartbeatSocket } from "./heartbeat.ts";

/** A connection that answers signs of life, until it stalls. */
class Wire {
  via_transport = "WS";
  url = "ws://console.test/sip";
  sip_uri = "sip:console.test;transport=ws";
  opens = true;
  stalls = false;
  open = false;
  readonly sent: string[] = [];
  onconnect = (): void => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (data: unknown) => void = () => undefined;
  connect(): void {
    if (!this.opens) return;
    this.open = true;
    this.onconnect();
  }
  disconnect(): void {
    this.open = false;
  }
  send(text: string): boolean {
    this.sent.push(text);
    if (!this.stalls) this.ondata("\r\n");
    return true;
  }
  isConnected(): boolean {
    return this.open;
  }
  isConnecting(): boolean {
    return false;
  }
}

let wire: Wire;
let socket: HeartbeatSocket;
const gone = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  gone.mockClear();
  wire = new Wire();
  socket = new HeartbeatSocket(wire as unknown as Socket);
  socket.ondisconnect = gone;
});
afterEach(() => vi.useRealTimers());

test("a connection that answers stands, however long nothing else is said", () => {
  socket.connect();
  vi.advanceTimersByTime(100 * BEAT_MS);
  expect(gone).not.toHaveBeenCalled();
  expect(wire.sent.length).toBe(100);
  expect(new Set(wire.sent)).toEqual(new Set(["\r\n\r\n"]));
});

test("one that stalls is given up within two beats, told as an error, and once", () => {
  socket.connect();
  vi.advanceTimersByTime(BEAT_MS);
  wire.stalls = true;
  vi.advanceTimersByTime(2 * BEAT_MS);
  expect(gone.mock.calls).toEqual([[true, 1006, "no sign of life"]]);
  expect(socket.isConnected()).toBe(false);
  vi.advanceTimersByTime(10 * BEAT_MS);
  expect(gone).toHaveBeenCalledTimes(1);
});

test("whatever is heard is a sign of life", () => {
  socket.connect();
  wire.stalls = true;
  for (let i = 0; i < 10; i += 1) {
    vi.advanceTimersByTime(BEAT_MS - 1);
    wire.ondata("SIP/2.0 200 OK");
    vi.advanceTimersByTime(1);
  }
  expect(gone).not.toHaveBeenCalled();
});

test("one that never opens is given up, and another try can follow", () => {
  wire.opens = false;
  socket.connect();
  vi.advanceTimersByTime(BEAT_MS);
  expect(gone).toHaveBeenCalledTimes(1);
  wire.opens = true;
  socket.connect();
  vi.advanceTimersByTime(10 * BEAT_MS);
  expect(gone).toHaveBeenCalledTimes(1);
});

test("who hangs up himself is told nothing", () => {
  socket.connect();
  wire.stalls = true;
  socket.disconnect();
  vi.advanceTimersByTime(10 * BEAT_MS);
  expect(gone).not.toHaveBeenCalled();
});
