// <hotline-phone>: a telephone. Attributes: url, address, user, password (of the session), `registers` where it can be
// called, `number` where it calls one number by a button. Its words stand in the page (role="status"); other parts of the
// page listen to its events, `phone` (detail: PhoneNow), `phone-microphone` (detail: MicrophoneState) and `phone-problem`
// (detail: {what, words}), and may use its methods. Digits, * and # on the keyboard are keys while it has the focus and a call goes on.
import { MICROPHONE_WORDS, Microphone, type MicrophoneState } from "./microphone.ts";
import { Ring } from "./ring.ts";
import { type PhoneNow, type Problem, Softphone } from "./softphone.ts";

const LINK_WORDS: Record<PhoneNow["link"], string> = {
  off: "话机没有打开",
  connecting: "正在连接",
  up: "话机就绪",
  lost: "与控制台的连接断开了，正在重连",
};
const CALL_WORDS = { ringing: "来电", calling: "正在呼叫", talking: "通话中", held: "已保持，客户在听音乐" } as const;
const PROBLEM_WORDS: Record<Problem, string> = {
  "no-sound": "听不到声音：语音没有连通，请告诉管理员检查 ivr doctor 里的“浏览器电话的语音地址”",
  refused: "热线没有接受这部话机：请重新登录",
  unreachable: "打不通",
  failed: "没有接通",
};
const LOST_IN_CALL = "；与控制台的连接断开了，正在重连，通话的声音不受影响";
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const HEARD = "hotline-ring-heard";

export class HotlinePhone extends HTMLElement {
  readonly microphone = new Microphone(
    (state) => this.#microphone(state),
    (track) => void this.#phone?.replace(track),
  );
  /** What is to be done before a call goes out. */
  prepare: () => Promise<void> = async () => {};
  readonly #ring = new Ring();
  readonly #audio = document.createElement("audio");
  #phone: Softphone | undefined;
  #said: HTMLElement | null = null;
  #meter: ReturnType<typeof setInterval> | undefined;

  get now(): PhoneNow {
    return this.#phone?.now ?? { link: "off", call: null };
  }

  /** Whether somebody said, in this tab, that he heard it ring. */
  get ringHeard(): boolean {
    return sessionStorage.getItem(HEARD) === "1";
  }

  connectedCallback(): void {
    if (this.#said !== null) return;
    this.#audio.autoplay = true;
    this.append(this.#audio);
    this.#draw();
    this.addEventListener("keydown", (event) => this.#typed(event));
    this.#show();
  }

  disconnectedCallback(): void {
    clearInterval(this.#meter);
    this.stop();
  }

  /** Take the microphone and go on line; false where there is no microphone. Call it from a click or a key. */
  async start(): Promise<boolean> {
    if ((await this.microphone.open()) === undefined) return false;
    if (this.#phone === undefined) {
      const of = (name: string): string => this.getAttribute(name) ?? "";
      const account = {
        url: new URL(of("url"), location.href.replace(/^http/, "ws")).href, address: of("address"), user: of("user"),
        password: of("password"), registers: this.hasAttribute("registers"),
      };
      this.#phone = new Softphone(account, {
        changed: () => this.#show(),
        problem: (what, cause) => this.#problem(what, cause),
        sound: (stream) => {
          this.#audio.srcObject = stream;
          void this.#audio.play().catch(() => this.#say("浏览器没有放出声音：请点一下页面"));
        },
        reminded: () => this.tryRing(),
      });
    }
    this.#phone.start();
    return true;
  }

  stop(): void {
    this.#phone?.stop();
    this.#phone = undefined;
    this.#ring.stop();
    this.microphone.close();
  }

  async call(number: string): Promise<void> {
    if (!(await this.start())) return;
    await this.#up();
    await this.prepare();
    const microphone = await this.microphone.open();
    if (microphone !== undefined) this.#phone?.call(number, microphone);
  }

  async answer(): Promise<void> {
    const microphone = await this.microphone.open();
    if (microphone !== undefined) this.#phone?.answer(microphone);
  }

  hangUp(): void {
    this.#phone?.hangUp();
  }

  /** Have a word with a colleague, while the caller is on hold; `back` takes the caller back. */
  async ask(number: string): Promise<void> {
    const microphone = await this.microphone.open();
    if (microphone !== undefined) this.#phone?.ask(number, microphone);
  }

  back(): void {
    this.#phone?.back();
  }

  keys(keys: string): void {
    this.#phone?.keys(keys);
  }

  mute(muted: boolean): void {
    this.#phone?.mute(muted);
  }

  hold(held: boolean): void {
    this.#phone?.hold(held);
  }

  /** Ring once, to be heard; `heard` says that it was. */
  tryRing(): void {
    this.#ring.once();
  }

  heard(): void {
    sessionStorage.setItem(HEARD, "1");
    this.#show();
  }

  /** Until it is on line, at most ten seconds. */
  async #up(): Promise<void> {
    for (let i = 0; i < 200 && this.now.link !== "up"; i += 1) await new Promise((done) => setTimeout(done, 50));
  }

  #draw(): void {
    this.classList.add("phone");
    this.#said = this.#make("p", { role: "status", class: "phone-said" });
    this.#make("p", { class: "phone-microphone muted" });
    const meter = this.#make("meter", { "aria-label": "麦克风音量", min: "0", max: "1", low: "0.02", class: "phone-level" }) as HTMLMeterElement;
    this.#meter = setInterval(() => (meter.value = this.microphone.level()), 200);
    const row = this.#make("div", { class: "toolbar" });
    const number = this.getAttribute("number");
    if (number !== null) this.#button(row, "call", "拨打", () => void this.call(number), "primary");
    else this.#button(row, "start", "打开话机", () => void this.start(), "primary");
    if (this.hasAttribute("registers")) {
      this.#button(row, "try-ring", "试听振铃", () => this.tryRing());
      this.#button(row, "heard", "听到了", () => this.heard());
      this.#button(row, "answer", "接听", () => void this.answer(), "primary");
      this.#button(row, "hold", "保持", () => this.hold(this.now.call?.state === "talking"));
    }
    this.#button(row, "mute", "静音", () => this.mute(!(this.now.call?.muted ?? false)));
    this.#button(row, "hang-up", "挂断", () => this.hangUp(), "danger");
    const pad = this.#make("div", { class: "keypad", role: "group", "aria-label": "拨号盘" });
    for (const key of KEYS) this.#button(pad, "key", key, () => this.keys(key));
  }

  #make(tag: string, attributes: Record<string, string>): HTMLElement {
    const made = document.createElement(tag);
    for (const [name, text] of Object.entries(attributes)) made.setAttribute(name, text);
    this.append(made);
    return made;
  }

  #button(row: HTMLElement, name: string, label: string, pressed: () => void, kind = ""): void {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset["phone"] = name;
    made.textContent = label;
    if (kind !== "") made.className = kind;
    made.addEventListener("click", pressed);
    row.append(made);
  }

  #typed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(event.key)) return;
    if (this.now.call?.state !== "talking") return;
    event.preventDefault();
    this.keys(event.key);
  }

  #microphone(state: MicrophoneState): void {
    const place = this.querySelector(".phone-microphone");
    if (place !== null) place.textContent = MICROPHONE_WORDS[state];
    this.dataset["microphone"] = state;
    this.dispatchEvent(new CustomEvent("phone-microphone", { detail: state, bubbles: true }));
    if (state === "refused" || state === "missing" || state === "lost") this.#problemWords("microphone", MICROPHONE_WORDS[state]);
  }

  #problem(what: Problem, cause: string): void {
    this.#problemWords(what, PROBLEM_WORDS[what] + (cause === "" ? "" : `（${cause}）`));
  }

  #problemWords(what: string, words: string): void {
    this.#say(words);
    this.dispatchEvent(new CustomEvent("phone-problem", { detail: { what, words }, bubbles: true }));
  }

  #say(words: string): void {
    if (this.#said !== null) this.#said.textContent = words;
  }

  #show(): void {
    const { link, call } = this.now;
    if (call?.state === "ringing") this.#ring.start();
    else if (this.#ring.rings) this.#ring.stop();
    this.#say(words(this.now));
    this.dataset["link"] = link;
    this.dataset["call"] = call?.state ?? "";
    this.dataset["sound"] = call?.sound ? "yes" : "";
    const usable: Record<string, boolean> = {
      call: call === null, start: link === "off", "try-ring": call === null, heard: call === null && !this.ringHeard,
      answer: call?.state === "ringing", hold: call?.state === "talking" || call?.state === "held",
      mute: call?.state === "talking", "hang-up": call !== null, key: call?.state === "talking",
    };
    for (const button of this.querySelectorAll<HTMLButtonElement>("button[data-phone]")) {
      const name = button.dataset["phone"] ?? "";
      button.disabled = !(usable[name] ?? true);
      if (name === "hold") button.setAttribute("aria-pressed", String(call?.state === "held"));
      if (name === "mute") button.setAttribute("aria-pressed", String(call?.muted ?? false));
    }
    this.dispatchEvent(new CustomEvent("phone", { detail: this.now, bubbles: true }));
  }
}

function words({ link, call }: PhoneNow): string {
  if (call === null) return LINK_WORDS[link];
  return CALL_WORDS[call.state] + (call.muted ? "（静音）" : "") + (link === "lost" ? LOST_IN_CALL : "");
}
