// What is typed into a form with data-keep stays in this browser until the console says that the form has arrived: a
// session that ends, a page that is left, a browser that dies loses nothing. By person; never a secret, never a file.

export const PREFIX = "hotline.typed.";
/** Over a weekend. */
export const LONGEST_MS = 72 * 3_600_000;
const MOST = 40;
const PAUSE_MS = 150;
/** The field that tells the console which form it is. */
const FIELD = "kept";

export interface Typed {
  id: string;
  person: string;
  form: string;
  at: number;
  values: Record<string, string[]>;
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const TYPES = new Set(["text", "search", "url", "email", "number", "date", "time", "datetime-local", "month", "checkbox", "radio"]);

/** What may be kept of a form: what is seen and typed; no password, no code that is used once, nothing that says so. */
export function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter((one): one is Control => {
    const field = one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement || (one instanceof HTMLInputElement && TYPES.has(one.type));
    if (!field || one.name === "" || one.disabled || one.hidden) return false;
    return !/password|one-time-code/.test(one.getAttribute("autocomplete") ?? "") && one.closest("[data-never-keep]") === null;
  });
}

const ticks = (one: Control): one is HTMLInputElement => one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio");

export function values(form: HTMLFormElement): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const one of controls(form)) {
    const list = (found[one.name] ??= []);
    if (!ticks(one)) list.push(one.value.replaceAll("\r\n", "\n"));
    else if (one.checked) list.push(one.value);
  }
  return found;
}

export function fill(form: HTMLFormElement, kept: Record<string, string[]>): void {
  const left = new Map(Object.entries(kept).map(([name, list]) => [name, [...list]]));
  for (const one of controls(form)) {
    const list = left.get(one.name);
    if (list === undefined) continue;
    if (ticks(one)) one.checked = list.includes(one.value);
    else if (list.length) one.value = list.shift() ?? "";
    one.dispatchEvent(new Event("input", { bubbles: true }));
    one.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** The fields that say something else now, but for spaces around what is typed. */
export function different(now: Record<string, string[]>, before: Record<string, string[]>): string[] {
  const told = (list: string[] | undefined): string => JSON.stringify((list ?? []).map((text) => text.trim()));
  return Object.keys(now).filter((name) => told(now[name]) !== told(before[name]));
}

export class TypedStore {
  constructor(
    private readonly storage: Storage,
    readonly person: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** This person's, the newest first; what is too old goes, whoever's it is. */
  all(): Typed[] {
    const found: Typed[] = [];
    for (const key of Object.keys(this.storage).filter((one) => one.startsWith(PREFIX))) {
      const one = read(this.storage.getItem(key));
      if (one === null || this.now() - one.at > LONGEST_MS) this.storage.removeItem(key);
      else if (one.person === this.person) found.push(one);
    }
    return found.sort((one, other) => other.at - one.at);
  }

  of(form: string): Typed[] {
    return this.all().filter((one) => one.form === form);
  }

  /** False where the browser has no room for it. */
  write(id: string, form: string, kept: Record<string, string[]>): boolean {
    for (const old of this.all().filter((one) => one.id !== id).slice(MOST - 1)) this.drop(old.id);
    try {
      const one: Typed = { id, person: this.person, form, at: this.now(), values: kept };
      this.storage.setItem(PREFIX + id, JSON.stringify(one));
      return true;
    } catch (wrong) {
      if (wrong instanceof DOMException) return false;
      throw wrong;
    }
  }

  drop(id: string): void {
    this.storage.removeItem(PREFIX + id);
  }
}

function read(text: string | null): Typed | null {
  try {
    const one = JSON.parse(text ?? "") as Partial<Typed>;
    return typeof one.id === "string" && typeof one.at === "number" && typeof one.values === "object" ? (one as Typed) : null;
  } catch {
    return null;
  }
}

/** Which form it is, on whatever page it stands: where it is sent, and what data-keep says. */
export const named = (form: HTMLFormElement): string =>
  `${new URL(form.getAttribute("action") ?? "", form.ownerDocument.baseURI).pathname}#${form.dataset["keep"] ?? ""}`;

class KeptForm {
  #id = "";
  /** What was typed into: the rest of the form is the console's, and may be another one when it is opened again. */
  #names = new Set<string>();
  readonly #start: Record<string, string[]>;
  #timer = 0;
  #full: HTMLElement | undefined;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly store: TypedStore,
  ) {
    this.#start = values(form);
    for (const one of store.of(named(form))) {
      // The console has shown again what it refused: it goes on being kept.
      if (different(one.values, this.#start).length === 0) this.#take(one);
      else this.#offer(one);
    }
    form.addEventListener("input", () => this.#later());
    form.addEventListener("change", () => this.#later());
    form.addEventListener("submit", () => this.#sent());
    form.ownerDocument.defaultView?.addEventListener("pagehide", () => this.#timer && this.#keep());
  }

  #take(one: Typed): void {
    if (this.#id !== "" && this.#id !== one.id) this.store.drop(this.#id);
    this.#id = one.id;
    for (const name of Object.keys(one.values)) this.#names.add(name);
  }

  #later(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#keep(), PAUSE_MS);
  }

  #keep(): void {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    const now = values(this.form);
    for (const name of different(now, this.#start)) this.#names.add(name);
    if (this.#names.size === 0) return;
    this.#id ||= crypto.randomUUID();
    const typed = Object.fromEntries([...this.#names].map((name) => [name, now[name] ?? []]));
    if (this.store.write(this.#id, named(this.form), typed)) this.#full?.remove();
    else this.#full ??= this.#tell("这个浏览器存不下正在填写的内容：请尽快提交，或另存一份");
  }

  #sent(): void {
    this.#keep();
    if (this.#id === "") return;
    const field = this.form.querySelector<HTMLInputElement>(`input[type=hidden][name=${FIELD}]`) ?? document.createElement("input");
    field.type = "hidden";
    field.name = FIELD;
    field.value = this.#id;
    this.form.prepend(field);
  }

  #offer(one: Typed): void {
    const at = new Date(one.at).toLocaleString("zh-CN", { hour12: false });
    const shown = different(one.values, this.#start).flatMap((name) => one.values[name] ?? []).join("、").replace(/\s+/g, " ").slice(0, 60);
    const notice = this.#tell(`${at} 填写了没有提交：${shown}`);
    const [restore, drop] = [document.createElement("button"), document.createElement("button")];
    restore.type = drop.type = "button";
    restore.textContent = "恢复";
    drop.textContent = "丢弃";
    restore.addEventListener("click", () => {
      this.#take(one);
      fill(this.form, one.values);
      notice.remove();
      controls(this.form)[0]?.focus();
    });
    drop.addEventListener("click", () => {
      this.store.drop(one.id);
      notice.remove();
    });
    const actions = document.createElement("p");
    actions.className = "actions";
    actions.append(restore, " ", drop);
    notice.append(actions);
    // A form may be folded away.
    const folded = this.form.closest("details");
    if (folded !== null) folded.open = true;
  }

  #tell(words: string): HTMLElement {
    const notice = document.createElement("div");
    notice.className = "notice warn typed-kept";
    notice.setAttribute("role", "status");
    const said = document.createElement("p");
    said.textContent = words;
    notice.append(said);
    this.form.prepend(notice);
    return notice;
  }
}

const content = (page: Document, name: string): string => page.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? "";

/** The forms that have arrived since the last page, as they were called when they were sent. */
export const arrived = (page: Document): string[] => content(page, "forms-taken").split(" ").filter(Boolean);

/** Keep what is typed on this page, let go of what has arrived, and offer what has not. */
export function keepTyped(page: Document, storage: Storage): void {
  const person = content(page, "person");
  if (person === "") return;
  const store = new TypedStore(storage, person);
  for (const id of arrived(page)) store.drop(id);
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-keep]")) new KeptForm(form, store);
}
