// <menu-editor>: the operator's files as they are typed, checked by the hotline's own checker at every pause, kept in
// the browser until they are a draft. Without script its text areas and the form do the same, but for the checking.
import { beganWith, forget, keep, type Kept, keptOf, sameTexts } from "./kept.ts";
import { offered } from "./offer.ts";
import type { Names, Schema } from "./completion.ts";
import { type Finding, TextPane } from "./text.ts";

interface Answer {
  why?: string;
  findings?: Finding[];
  names?: Names | null;
  published?: number | null;
  picture?: string;
  url?: string;
}

const PAUSE_MS = 300;

function element<K extends keyof HTMLElementTagNameMap>(tag: K, words = "", className = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = words;
  made.className = className;
  return made;
}

export class MenuEditor extends HTMLElement {
  readonly #areas = new Map<string, HTMLTextAreaElement>();
  readonly #before = new Map<string, string>();
  readonly #tabs = new Map<string, HTMLButtonElement>();
  readonly #state = element("p", "", "state");
  readonly #offers = element("div");
  readonly #found = element("ul", "", "findings");
  readonly #picture = element("div", "", "map scroll");
  #pane: TextPane | undefined;
  #names: Names = {};
  #schemas: Record<string, Schema> = {};
  #timer = 0;
  #keeping = 0;
  #asked: AbortController | undefined;
  #sent = false;
  /** Under what this edit is kept; "" before anything is. */
  #slot = "";
  #others: readonly Kept[] = [];
  #offering: Promise<void> = Promise.resolve();

  get form(): HTMLFormElement {
    const form = this.closest("form");
    if (!form) throw new Error("<menu-editor> needs a form");
    return form;
  }

  connectedCallback(): void {
    if (this.#pane) return;
    const files = new Map<string, string>();
    for (const area of this.querySelectorAll<HTMLTextAreaElement>("textarea[name]")) {
      const file = area.name.slice("text:".length);
      const before = this.querySelector<HTMLTextAreaElement>(`textarea[data-before="${CSS.escape(file)}"]`);
      this.#areas.set(file, area);
      this.#before.set(file, (before ?? area).defaultValue);
      files.set(file, area.value);
    }
    const first = this.dataset["first"] ?? [...files.keys()][0] ?? "";
    for (const each of this.querySelectorAll("details")) each.hidden = true;
    const host = element("div", "", "text");
    const tabs = element("div", "", "files");
    tabs.setAttribute("role", "tablist");
    tabs.setAttribute("aria-label", "文件");
    tabs.append(...[...files.keys()].map((file) => this.#tab(file, file === first)));
    host.id = "menu-text";
    host.setAttribute("role", "tabpanel");
    host.setAttribute("aria-label", "文字");
    this.#state.setAttribute("role", "status");
    this.#found.setAttribute("aria-label", "检查结果");
    this.#found.tabIndex = 0;
    this.#found.hidden = true;
    const drawn = element("details");
    drawn.append(element("summary", "改动后的菜单图"), this.#picture);
    drawn.addEventListener("toggle", () => drawn.open && void this.#check());
    this.#picture.tabIndex = 0;
    this.#picture.setAttribute("role", "region");
    this.#picture.setAttribute("aria-label", "改动后的菜单图");
    this.prepend(this.#offers, tabs, host, this.#state, this.#found, drawn);
    this.#pane = new TextPane(host, files, first, (file) => this.#typed(file), (file) => this.#schemas[file], () => this.#names);
    this.form.addEventListener("submit", (event) => this.#submit(event));
    for (const area of this.#areas.values()) area.disabled = true; // only what is changed is sent, see `fields`
    if (this.#changed().length) this.#mark();
    this.#offering = this.#offer();
    void this.#begin();
  }

  /** What a form of the server needs of the texts: csrf, the base, and what is different from it. */
  fields(): FormData {
    const data = new FormData(this.form);
    for (const file of this.#changed()) data.set(`text:${file}`, this.#text(file));
    return data;
  }

  /** Texts that a form of the server gave back. */
  take(texts: Record<string, string>): void {
    for (const [file, text] of Object.entries(texts)) this.#pane?.replace(file, text);
  }

  async #begin(): Promise<void> {
    await this.#offering;
    if (this.#changed().length) await this.#keep();
    const replaced = this.dataset["replaces"] ?? "";
    if (replaced !== "" && this.dataset["kept"]) await forget(this.dataset["person"] ?? "", replaced);
    try {
      const answer = await fetch("/menus/words");
      if (answer.ok) this.#schemas = (await answer.json()) as Record<string, Schema>;
    } catch {
      // The check that follows says that the console is away.
    }
    this.#goTo(this.dataset["go"] ?? "");
    await this.#check();
  }

  #goTo(name: string): void {
    if (!name || !this.#pane) return;
    const lines = this.#text(this.#pane.file).split("\n");
    const line = lines.findIndex((one) => new RegExp(`^\\s*["']?${name.replace(/[^A-Za-z0-9_-]/g, "")}["']?\\s*:`).test(one));
    if (line >= 0) this.#pane.go(this.#pane.file, { line: line + 1, column: 1 });
  }

  #tab(file: string, chosen: boolean): HTMLButtonElement {
    const button = element("button", file);
    button.type = "button";
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(chosen));
    button.setAttribute("aria-controls", "menu-text");
    button.addEventListener("click", () => this.#show(file));
    this.#tabs.set(file, button);
    return button;
  }

  #show(file: string): void {
    this.#pane?.show(file);
    for (const [name, tab] of this.#tabs) tab.setAttribute("aria-selected", String(name === file));
  }

  #text(file: string): string {
    return this.#pane?.text(file) ?? "";
  }

  #changed(): string[] {
    return [...this.#before].filter(([file, text]) => this.#text(file) !== text).map(([file]) => file);
  }

  #field(name: string): string {
    const found = this.form.elements.namedItem(name);
    return found instanceof HTMLInputElement ? found.value : "";
  }

  #typed(_file: string): void {
    this.#mark();
    window.clearTimeout(this.#keeping);
    this.#keeping = window.setTimeout(() => void this.#keep(), 150);
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#check(), PAUSE_MS);
  }

  #mark(): void {
    const changed = new Set(this.#changed());
    for (const [file, tab] of this.#tabs) {
      tab.classList.toggle("changed", changed.has(file));
      tab.setAttribute("aria-label", changed.has(file) ? `${file}（有改动）` : file);
    }
  }

  async #keep(): Promise<void> {
    if (this.#sent) return;
    await this.#offering;
    const texts = Object.fromEntries(this.#changed().map((file) => [file, this.#text(file)]));
    const [person, digest] = [this.dataset["person"] ?? "", this.#field("digest")];
    try {
      if (Object.keys(texts).length > 0) {
        // What was kept before and is offered here is another edit: it is not written over.
        if (this.#slot === "") this.#use(this.#others.some((one) => one.digest === digest) ? `${digest}#${crypto.randomUUID()}` : digest);
        await keep({ person, digest: this.#slot, base: this.#field("base"), source: this.#field("source"), texts, at: Date.now() });
      } else if (this.#slot !== "") await forget(person, this.#slot);
      this.dataset["kept"] = String(Object.keys(texts).length);
    } catch (wrong) {
      this.#say(`这个浏览器存不下没有提交的文字（${String(wrong)}）：请尽快提交，或另存一份`, "bad");
    }
  }

  #use(slot: string): void {
    this.#slot = slot;
    const field = this.form.elements.namedItem("slot");
    if (field instanceof HTMLInputElement) field.value = slot;
  }

  async #offer(): Promise<void> {
    const [person, digest, before] = [this.dataset["person"] ?? "", this.#field("digest"), this.#field("slot")];
    const texts = Object.fromEntries(this.#changed().map((file) => [file, this.#text(file)]));
    this.#others = await keptOf(person).catch(() => []);
    for (const one of this.#others) {
      const here = beganWith(one) === digest;
      // What a form or an earlier page of this edit has kept goes on here.
      if (here && Object.keys(texts).length > 0 && (one.digest === before || sameTexts(one.texts, texts))) this.#use(one.digest);
      else if (one.digest !== this.dataset["replaces"]) this.#offers.append(offered(one, here, () => this.#restore(one), () => this.take(one.texts)));
    }
  }

  #restore(one: Kept): void {
    const before = this.#slot;
    this.take(one.texts);
    this.#use(one.digest);
    if (before !== "" && before !== one.digest) void forget(one.person, before);
  }

  async #check(): Promise<void> {
    this.#asked?.abort();
    const most = Number(this.dataset["most"] ?? "1000000");
    const long = this.#changed().find((file) => (this.#pane?.length(file) ?? 0) > most);
    if (long) {
      this.#say(`${long} 超过 ${most} 个字符：不检查，也不能提交；请删掉误粘贴的内容（Ctrl+Z 撤销）`, "bad");
      return;
    }
    const data = this.fields();
    if (this.querySelector("details[open] > .map")) data.set("picture", "1");
    this.#say("检查中…");
    this.#asked = new AbortController();
    const answer = await this.#post("/menus/check", data, this.#asked.signal);
    if (answer) this.#checked(answer);
  }

  /** The answer, or null where it was overtaken or there is none, which is said. */
  async #post(url: string, data: FormData, signal?: AbortSignal): Promise<Answer | null> {
    try {
      const headers = { accept: "application/json", "x-csrf": String(data.get("csrf")) };
      const answer = await fetch(url, { method: "POST", body: data, headers, ...(signal ? { signal } : {}) });
      if (answer.status === 401) return this.#signedOut();
      if (answer.headers.get("content-type")?.startsWith("application/json")) return (await answer.json()) as Answer;
      this.#say(`控制台没有接受（${answer.status}）；文字还在这里，也存在这个浏览器里`, "bad");
    } catch (wrong) {
      if (wrong instanceof DOMException && wrong.name === "AbortError") return null;
      this.#say("控制台没有回应；文字还在这里，也存在这个浏览器里", "bad");
    }
    return null;
  }

  #signedOut(): null {
    this.#say("登录已失效。文字还在这里，也存在这个浏览器里：", "bad");
    const link = element("a", "重新登录");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    this.#state.append(link);
    return null;
  }

  #checked(answer: Answer): void {
    if (answer.why !== undefined) {
      this.#say(answer.why, "bad");
      return;
    }
    const findings = answer.findings ?? [];
    if (answer.names) this.#names = answer.names;
    this.#pane?.mark(findings);
    this.#found.replaceChildren(...findings.map((one) => this.#finding(one)));
    this.#found.hidden = findings.length === 0;
    if (answer.picture !== undefined) this.#draw(answer.picture);
    const wrong = findings.filter((one) => one.severity === "error").length;
    const said = findings.length ? `${wrong} 个错误，${findings.length - wrong} 个提醒` : "没有问题";
    const later = answer.published ? `。注意：已有人发布了 ${answer.published}，提交前请合并` : "";
    const merge = this.form.querySelector<HTMLButtonElement>("[data-merge]");
    if (merge !== null && later !== "") merge.hidden = false;
    this.#say(`检查：${said}${later}`, wrong || later ? "bad" : "ok");
  }

  #draw(picture: string): void {
    // Drawn by our own server, which escapes every text; parsed as SVG, so that nothing in it is run.
    const parsed = new DOMParser().parseFromString(picture, "image/svg+xml").documentElement;
    this.#picture.replaceChildren(document.importNode(parsed, true));
  }

  #finding(one: Finding): HTMLLIElement {
    const item = element("li");
    const jump = element("button", `${one.file}:${one.line}:${one.column} ${one.code} ${one.text}${one.clause ? `（${one.clause}）` : ""}`);
    jump.type = "button";
    jump.addEventListener("click", () => {
      this.#show(one.file);
      this.#pane?.go(one.file, one);
    });
    item.append(element("span", one.severity === "error" ? "错误" : "提醒", `badge ${one.severity === "error" ? "bad" : "warn"}`), " ", jump);
    return item;
  }

  /** Trying out goes to a page of its own, by the form itself: what is changed is sent with it. */
  #sendAsForm(): void {
    for (const file of this.#changed()) {
      const area = this.#areas.get(file);
      if (!area) continue;
      area.value = this.#text(file);
      area.disabled = false;
      setTimeout(() => (area.disabled = true));
    }
  }

  #say(words: string, how = ""): void {
    this.#state.textContent = words;
    this.#state.className = `state ${how}`;
  }

  #submit(event: SubmitEvent): void {
    if (event.submitter?.hasAttribute("formaction")) {
      this.#sendAsForm();
      return;
    }
    event.preventDefault();
    const data = this.fields();
    void this.#keep().then(async () => {
      this.#say("提交中：检查并试走…");
      const answer = await this.#post(this.form.action, data);
      if (!answer) return;
      if (answer.url === undefined) {
        this.#say(answer.why ?? "没有提交", "bad");
        return;
      }
      this.#sent = true;
      if (this.#slot !== "") await forget(this.dataset["person"] ?? "", this.#slot).catch(() => undefined);
      location.assign(answer.url);
    });
  }
}
