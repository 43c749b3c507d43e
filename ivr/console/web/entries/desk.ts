// 座席: one document for a whole shift. Nothing moves before the node has told that it is so; what was asked for and does
// not come within two seconds is told.
import { alone } from "../desk/alone.ts";
import { searches } from "../desk/knowledge.ts";
import { type AgentNow, confirmed, HOLD_MS, span, stateKind, stateWords, whyNot } from "../desk/now.ts";
import type { HotlinePhone } from "../phone/element.ts";
import type { PhoneNow } from "../phone/softphone.ts";

const CONFIRM_MS = 2_000;
const BEAT_MS = 3_000;
/** The stream tells every five seconds that it is alive; one that does not is opened anew, and again after as long. */
const STALE_MS = 9_000;
/** What was refused (by a proxy, while the console is started again) is asked for again so soon. */
const AGAIN_MS = 3_000;
/** What has no answer by then hangs on a connection that is dead, and would take the place of others for minutes. */
const PATIENCE_MS = 4_000;
/** A telephone may ring so long before a request is answered. */
const RING_PATIENCE_MS = 40_000;
const TELEPHONE = "desk.telephone";
const PHONE_KEYS: Record<string, string> = { answer: "a", hold: "h", mute: "m", "hang-up": "x" };

const one = <T extends HTMLElement>(selector: string): T | null => document.querySelector<T>(selector);
const csrf = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";

class Desk {
  readonly #page = crypto.randomUUID();
  readonly #phone = one<HotlinePhone>("hotline-phone");
  readonly #pauses = new Map([...document.querySelectorAll<HTMLOptionElement>("#desk-pause option")].map((o) => [o.value, o.text]));
  #now: AgentNow | undefined;
  /** How far the browser's clock is behind the node's. */
  #behind = 0;
  #heardAt = 0;
  #source: EventSource | undefined;
  #openedAt = 0;
  #over = false;
  #shownCaller = "";
  #telephone = "";

  begin(): void {
    this.#listen();
    this.#buttons();
    this.#choose();
    setInterval(() => void this.#beat(), BEAT_MS);
    setInterval(() => this.#tick(), 500);
    addEventListener("pagehide", () => this.#leave());
  }

  // ---- what the node tells

  #listen(): void {
    this.#source?.close();
    const source = (this.#source = new EventSource("/desk/live"));
    this.#openedAt = performance.now();
    const on = (name: string, take: (told: Record<string, unknown>) => void): void =>
      source.addEventListener(name, (event) => {
        const told = JSON.parse((event as MessageEvent<string>).data) as Record<string, unknown>;
        this.#heardAt = performance.now();
        if (typeof told["now"] === "number") this.#behind = told["now"] - Date.now();
        take(told);
      });
    on("agent", (told) => this.#take(told as unknown as AgentNow));
    on("ringing", (told) => void this.#caller(String(told["call_id"])));
    on("hold_reminder", () => this.#remind());
    on("link", (told) => this.#say(String(told["why"] ?? "热线断开了")));
    on("alive", () => undefined);
    on("signed_out", () => {
      this.#over = true;
      source.close();
      this.#say("登录已失效：正在进行的通话可以打完（最长 2 小时），不能再呼出或转接；通话结束后请重新登录，再刷新这里");
    });
    source.addEventListener("error", () => {
      // the browser itself tries again where the connection broke, but not where the answer was a refusal
      if (source.readyState === EventSource.CLOSED && this.#source === source && !this.#over) setTimeout(() => this.#listen(), AGAIN_MS);
    });
  }

  #take(now: AgentNow): void {
    const before = this.#now;
    this.#now = now;
    this.#say("");
    if (now.caller !== null) void this.#caller(now.caller.call_id);
    if (before !== undefined && before.state !== now.state && (now.state === "ready" || now.state === "pause")) void this.#day();
    if (before === undefined) void this.#day();
    if (now.state === "ring" && before?.state !== "ring") {
      this.#clearWrap();
      const field = document.activeElement; // letters would be its own, and answer no telephone
      if (field instanceof HTMLSelectElement || field instanceof HTMLInputElement) field.blur();
    }
    this.#draw();
  }

  #draw(): void {
    const now = this.#now;
    if (now === undefined) return;
    const badge = one("#desk-state");
    if (badge !== null) {
      badge.textContent = stateWords(now);
      badge.className = `badge ${stateKind(now)}`;
    }
    this.#text("#desk-why", whyNot(now, this.#pauses));
    const talks = now.state === "talk";
    this.#text("#desk-call", talks || now.state === "ring" ? `${stateWords(now)}` : "没有通话");
    this.#show("#desk-asked", now.asked !== null);
    if (now.asked !== null) {
      const who = now.asked.agent === "" ? now.asked.to : now.asked.agent;
      this.#text("#desk-asked-who", now.asked.answered ? `${who} 已接听：说明情况后转过去` : now.asked.agent === "" ? `正在呼叫 ${who}` : `${who} 振铃中`);
    }
    const usable: Record<string, boolean> = {
      ready: now.state === "pause" || now.state === "acw", "sign-in": now.state === "offline", "sign-out": now.state !== "offline",
      pause: now.state !== "offline", transfer: talks && now.asked === null, connect: now.asked?.answered ?? false, invite: talks,
      done: talks || now.state === "acw" || (now.call_id !== "" && now.state !== "ring"), "more-time": talks || now.state === "acw",
      "try-ring": now.state === "ready" || now.state === "pause", complaint: talks || now.state === "acw",
    };
    for (const [what, may] of Object.entries(usable)) {
      for (const button of document.querySelectorAll<HTMLButtonElement>(`button[data-do="${what}"], form[data-do="${what}"] [type=submit]`)) {
        button.disabled = !may;
      }
    }
    this.#show('[data-do="sign-in"]', now.state === "offline");
    const ask = one<HTMLButtonElement>("#desk-ask");
    if (ask !== null) ask.disabled = !talks || now.asked !== null;
    this.#tick();
  }

  /** What goes on with the time. */
  #tick(): void {
    const now = this.#now;
    const stale = this.#heardAt > 0 && performance.now() - this.#heardAt > STALE_MS;
    one("#desk")?.classList.toggle("stale", stale);
    if (stale && !this.#over) {
      this.#say("与控制台的连接中断，下面的状态是旧的；通话的声音不受影响");
      if (performance.now() - this.#openedAt > STALE_MS) this.#listen();
    }
    if (now === undefined) return;
    const time = Date.now() + this.#behind;
    this.#text("#desk-since", now.since > 0 ? span(time - now.since) : "");
    this.#text("#desk-talked", now.state === "talk" ? span(time - now.since) : "");
    const held = now.held_since > 0 ? time - now.held_since : 0;
    this.#show("#desk-held", held > 0);
    if (held > 0) {
      this.#text("#desk-held", `客户已保持 ${span(held)}${held >= HOLD_MS ? "，超过 30 秒：请回到客户" : ""}`);
      const place = one("#desk-held");
      if (place !== null) place.className = `notice ${held >= HOLD_MS - 5_000 ? "bad" : "warn"}`;
    }
    this.#text("#desk-wrap-clock", now.state === "acw" && now.acw_until > time ? `事后处理还有 ${span(now.acw_until - time)}` : "");
  }

  #remind(): void {
    // the telephone on which he talks is rung by the hotline; where that does not come through, the page rings
    if (this.#telephone === "browser" && this.#phone?.now.link !== "up") this.#phone?.tryRing();
    this.#text("#desk-held", "客户保持快到 30 秒：请回到客户");
  }

  async #caller(callId: string): Promise<void> {
    if (callId === this.#shownCaller || callId === "") return;
    this.#shownCaller = callId;
    const place = one("#desk-caller");
    if (place === null) return;
    place.textContent = "正在取客户的情况"; // and nobody takes the last caller for this one
    const text = await this.#get(`/desk/fragment/caller/${encodeURIComponent(callId)}`);
    if (this.#shownCaller !== callId) return; // the next one calls already
    if (text === null) {
      this.#shownCaller = "";
      place.textContent = "客户的情况没有取到，正在重试";
      setTimeout(() => this.#now?.caller?.call_id === callId && void this.#caller(callId), AGAIN_MS);
      return;
    }
    place.innerHTML = text;
    const usual = place.querySelector<HTMLElement>("[data-usual]")?.dataset["usual"] ?? "";
    const code = one<HTMLInputElement>(`#desk-wrap input[value="${CSS.escape(usual)}"]`);
    if (usual !== "" && code !== null && one("#desk-wrap input:checked") === null) code.checked = true;
  }

  async #day(): Promise<void> {
    const text = await this.#get("/desk/fragment/day");
    const place = one("#desk-day");
    if (text !== null && place !== null) place.innerHTML = text;
  }

  // ---- what the agent asks for

  #buttons(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-do]")) {
      button.addEventListener("click", () => void this.#do(button.dataset["do"] ?? "", ""));
    }
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-do]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const value = new FormData(form).get("value");
        void this.#do(form.dataset["do"] ?? "", typeof value === "string" ? value : "");
      });
    }
    const [words, found] = [one<HTMLInputElement>("#desk-words"), one("#desk-found")];
    if (words !== null && found !== null) searches(words, found, (asked) => this.#get(`/desk/fragment/knowledge?q=${encodeURIComponent(asked)}`));
    one("#desk-ask")?.addEventListener("click", () => this.#ask());
    one("#desk-back")?.addEventListener("click", () => this.#back());
    this.#phone?.addEventListener("phone-microphone", () => void this.#beat());
    this.#phone?.addEventListener("phone", (event) => this.#phoned((event as CustomEvent<PhoneNow>).detail));
    for (const [name, key] of Object.entries(PHONE_KEYS)) {
      const button = this.#phone?.querySelector<HTMLButtonElement>(`[data-phone="${name}"]`);
      if (button === null || button === undefined) continue;
      button.dataset["key"] = key;
      button.dataset["keyLabel"] = button.textContent ?? "";
      const hint = document.createElement("kbd");
      hint.textContent = key;
      button.append(" ", hint);
      button.addEventListener("click", () => this.#expect(this.#meant(name)));
    }
  }

  #meant(name: string): string {
    return name === "hold" && (this.#now?.held_since ?? 0) > 0 ? "unhold" : name;
  }

  async #do(what: string, value: string): Promise<void> {
    if (what === "done" && value === "" && this.#now?.state === "acw") {
      this.#say("先选这通电话的结果（数字键）");
      return;
    }
    const sent = this.#now;
    if (what === "try-ring") this.#text("#desk-heard", "正在振铃：听到后接听");
    const answer = await this.#post(`/desk/do/${what}`, { value }, RING_PATIENCE_MS);
    if (answer === null || !answer.ok) {
      if (what === "try-ring") this.#text("#desk-heard", "");
      this.#say(answer === null ? "控制台没有应答" : await answer.text());
      return;
    }
    if (what === "try-ring") {
      this.#phone?.heard();
      this.#text("#desk-heard", "听到了");
      void this.#beat();
    }
    if (what === "complaint") this.#say(`已登记投诉 ${((await answer.json()) as { complaint?: string }).complaint ?? ""}`);
    else this.#expect(what, sent);
  }

  /** What is to follow is waited for. */
  #expect(what: string, before = this.#now): void {
    if (before === undefined) return;
    setTimeout(() => {
      if (this.#now !== undefined && !confirmed(what, before, this.#now)) {
        this.#say(`Asterisk 没有确认，状态没有改变：请看话机，再试一次`);
      }
    }, CONFIRM_MS);
  }

  #ask(): void {
    const to = one<HTMLSelectElement>("#desk-to")?.value ?? "";
    if (this.#telephone === "browser" && this.#phone !== null) this.#phone.ask(to);
    else this.#say(`在话机上保持客户，拨 ${to}；接通后在这里按「转过去」`);
  }

  #back(): void {
    if (this.#telephone === "browser" && this.#phone !== null) this.#phone.back();
    else this.#say("在话机上挂断咨询，取回客户");
  }

  #clearWrap(): void {
    for (const code of document.querySelectorAll<HTMLInputElement>("#desk-wrap input")) code.checked = false;
  }

  // ---- the telephone, and that this page lives

  #choose(): void {
    const choices = [...document.querySelectorAll<HTMLInputElement>("input[name=telephone]")];
    for (const choice of choices) choice.addEventListener("change", () => this.#use(choice.value));
    const kept = localStorage.getItem(TELEPHONE) ?? "";
    const usual = choices.find((choice) => choice.value === kept && !choice.disabled) ?? choices.find((choice) => !choice.disabled);
    if (usual === undefined) return;
    usual.checked = true;
    this.#use(usual.value);
    if (usual.value === "browser" && this.#phone !== null && this.#phone.ringHeard) void this.#phone.start();
  }

  #use(telephone: string): void {
    this.#telephone = telephone;
    localStorage.setItem(TELEPHONE, telephone);
    this.#show("#desk-browser", telephone === "browser");
    if (telephone === "desk") this.#phone?.stop();
    void this.#beat();
  }

  #phoned(now: PhoneNow): void {
    one("#desk")?.setAttribute("data-link", now.link);
    one("#desk")?.setAttribute("data-call", now.call?.state ?? "");
    const rings = now.call?.state === "ringing" ? now.call.callId : "";
    if (rings !== "" && rings !== this.#shownCaller) this.#text("#desk-caller", "来电振铃");
  }

  async #beat(): Promise<void> {
    const phone = this.#phone;
    const answer = await this.#post("/desk/beat", {
      page: this.#page, browser: this.#telephone === "browser" ? "1" : "", microphone: phone?.microphone.state === "works" ? "1" : "",
      heard: phone?.ringHeard === true ? "1" : "",
    });
    if (answer?.status === 409) this.#say(await answer.text());
  }

  #leave(): void {
    navigator.sendBeacon("/desk/left", new URLSearchParams({ csrf, page: this.#page }));
  }

  // ---- the page

  #post(path: string, fields: Record<string, string>, patience = PATIENCE_MS): Promise<Response | null> {
    const [body, signal] = [new URLSearchParams({ csrf, ...fields }), AbortSignal.timeout(patience)];
    return fetch(path, { method: "POST", body, signal }).catch(() => null);
  }

  async #get(path: string): Promise<string | null> {
    try {
      const answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  #say(words: string): void {
    this.#text("#desk-trouble", words);
    this.#show("#desk-trouble", words !== "");
  }

  #text(selector: string, words: string): void {
    const place = one(selector);
    if (place !== null && place.textContent !== words) place.textContent = words;
  }

  #show(selector: string, yes: boolean): void {
    const place = one(selector);
    if (place !== null) place.hidden = !yes;
  }
}

if (one("#desk") !== null) {
  void customElements.whenDefined("hotline-phone").then(() => alone(one("#desk-trouble"), () => new Desk().begin()));
}
