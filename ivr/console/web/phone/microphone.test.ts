import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HotlinePhone } from "./element.ts";
import { Microphone, type MicrophoneState } from "./microphone.ts";

class Track extends EventTarget {
  readonly kind = "audio";
  stop(): void {}
}

class Stream {
  active = true;
  constructor(readonly track: Track) {}
  getAudioTracks(): Track[] {
    return [this.track];
  }
  getTracks(): Track[] {
    return [this.track];
  }
}

/** A computer with a headset that can be pulled out. */
class Devices extends EventTarget {
  refusal = "";
  stream: Stream | undefined;
  async getUserMedia(): Promise<Stream> {
    if (this.refusal !== "") throw Object.assign(new Error("none"), { name: this.refusal });
    return (this.stream = new Stream(new Track()));
  }
  pull(): void {
    this.refusal = "NotFoundError";
    if (this.stream !== undefined) this.stream.active = false;
    this.stream?.track.dispatchEvent(new Event("ended"));
  }
  plug(): void {
    this.refusal = "";
    this.dispatchEvent(new Event("devicechange"));
  }
}

class Context {
  readonly destination = {};
  async resume(): Promise<void> {}
  async close(): Promise<void> {}
  createAnalyser(): object {
    return { fftSize: 0, getFloatTimeDomainData: () => undefined };
  }
  createMediaStreamSource(): object {
    return { connect: () => undefined };
  }
}

let devices: Devices;

beforeEach(() => {
  devices = new Devices();
  Object.defineProperty(navigator, "mediaDevices", { value: devices, configurable: true });
  vi.stubGlobal("AudioContext", Context);
  if (customElements.get("hotline-phone") === undefined) customElements.define("hotline-phone", HotlinePhone);
});
afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

test("a microphone that vanishes is told once, and the next one takes its place in the call", async () => {
  const told: MicrophoneState[] = [];
  const replaced = vi.fn();
  const microphone = new Microphone((state) => told.push(state), replaced);
  await microphone.open();
  devices.pull();
  await settled();
  expect(told).toEqual(["works", "lost"]);
  devices.dispatchEvent(new Event("devicechange"));
  await settled();
  expect(told).toEqual(["works", "lost"]);
  expect(replaced).not.toHaveBeenCalled();
  devices.plug();
  await settled();
  expect(told).toEqual(["works", "lost", "works"]);
  expect(replaced.mock.calls).toEqual([[devices.stream?.track]]);
});

test.each([["NotAllowedError", "refused"], ["NotFoundError", "missing"]])("without one (%s) nothing is opened", async (why, state) => {
  devices.refusal = why;
  const microphone = new Microphone(() => undefined, () => undefined);
  expect(await microphone.open()).toBeUndefined();
  expect(microphone.state).toBe(state);
});

test("the page says that the microphone is gone, and tells whoever listens", async () => {
  const phone = document.createElement("hotline-phone") as HotlinePhone;
  const [states, problems] = [[] as string[], [] as string[]];
  phone.addEventListener("phone-microphone", (event) => states.push((event as CustomEvent<string>).detail));
  phone.addEventListener("phone-problem", (event) => problems.push((event as CustomEvent<{ what: string }>).detail.what));
  document.body.append(phone);
  await phone.microphone.open();
  devices.pull();
  await settled();
  expect(phone.querySelector("[role=status]")?.textContent).toContain("麦克风断开了");
  expect(phone.querySelector(".phone-microphone")?.textContent).toContain("麦克风断开了");
  expect([states, problems]).toEqual([["works", "lost"], ["microphone"]]);
});

test("without a microphone the telephone does not go on line", async () => {
  devices.refusal = "NotFoundError";
  const phone = document.createElement("hotline-phone") as HotlinePhone;
  phone.setAttribute("url", "/sip");
  document.body.append(phone);
  expect(await phone.start()).toBe(false);
  expect(phone.now.link).toBe("off");
});

test("that it was heard to ring is true only after somebody said so", () => {
  sessionStorage.clear();
  const phone = document.createElement("hotline-phone") as HotlinePhone;
  document.body.append(phone);
  phone.tryRing = () => undefined;
  phone.tryRing();
  expect(phone.ringHeard).toBe(false);
  phone.heard();
  expect(phone.ringHeard).toBe(true);
});
