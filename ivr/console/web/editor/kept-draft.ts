// <kept-draft>, on the page of a form: the unsaved draft that the page carries is kept as the editor keeps its texts, so
// that each finds what was done in the other, and what a session that ended left is offered.
import { beganWith, carriedBy, keep, type Kept, keptOf, sameTexts } from "./kept.ts";
import { offered } from "./offer.ts";

export class KeptDraft extends HTMLElement {
  #slot = "";

  get #form(): HTMLFormElement {
    const form = this.querySelector("form");
    if (form === null) throw new Error("<kept-draft> needs a form");
    return form;
  }

  connectedCallback(): void {
    for (const form of document.querySelectorAll<HTMLFormElement>('form[action="/menus/propose"]')) {
      form.addEventListener("submit", () => this.#carried(form));
    }
    void this.#begin();
  }

  #field(name: string): string {
    const found = this.#form.elements.namedItem(name);
    return found instanceof HTMLInputElement ? found.value : "";
  }

  get #texts(): Record<string, string> {
    const areas = [...this.#form.querySelectorAll<HTMLTextAreaElement>('textarea[name^="text:"]')];
    return Object.fromEntries(areas.map((area) => [area.name.slice("text:".length), area.value]));
  }

  async #begin(): Promise<void> {
    const [person, digest, texts] = [this.dataset["person"] ?? "", this.#field("digest"), this.#texts];
    const all = await keptOf(person).catch(() => [] as Kept[]);
    const before = this.#field("slot");
    for (const one of all) {
      const here = beganWith(one) === digest;
      if (here && sameTexts(one.texts, texts)) this.#slot = one.digest;
      // What this page goes on with is no other edit.
      else if (!(here && one.digest === before)) this.append(offered(one, here, () => this.#restore(one)));
    }
    if (Object.keys(texts).length > 0 && this.#slot === "") await this.#keep(texts, all, before);
    for (const field of document.querySelectorAll<HTMLInputElement>("input[name=slot]")) field.value = this.#slot;
    this.dataset["offers"] = String(this.querySelectorAll(".kept-edit").length);
  }

  async #keep(texts: Record<string, string>, all: readonly Kept[], before: string): Promise<void> {
    const [person, digest] = [this.dataset["person"] ?? "", this.#field("digest")];
    this.#slot = before || (all.some((one) => one.digest === digest) ? `${digest}#${crypto.randomUUID()}` : digest);
    const one: Kept = { person, digest: this.#slot, base: this.#field("base"), source: this.#field("source"), texts, at: Date.now() };
    try {
      await keep(one);
      this.dataset["kept"] = "1";
    } catch (wrong) {
      const notice = document.createElement("p");
      notice.className = "notice bad";
      notice.setAttribute("role", "alert");
      notice.textContent = `这个浏览器存不下没有提交的改动（${String(wrong)}）：请尽快提交`;
      this.append(notice);
    }
  }

  /** The page of this place again, with the draft as it was. */
  #restore(one: Kept): void {
    const form = this.#form;
    for (const area of form.querySelectorAll('textarea[name^="text:"]')) area.remove();
    for (const [file, text] of Object.entries(one.texts)) {
      const area = document.createElement("textarea");
      area.name = `text:${file}`;
      area.value = text;
      area.hidden = true;
      form.append(area);
    }
    const state: Record<string, string> = { base: one.base, source: one.source, slot: one.digest };
    for (const [name, value] of Object.entries(state)) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLInputElement) field.value = value;
    }
    form.submit();
  }

  #carried(form: HTMLFormElement): void {
    if (this.#slot !== "") carriedBy(formId(form), this.dataset["person"] ?? "", this.#slot);
  }
}

/** What the console calls the form when it says that it has arrived. */
export function formId(form: HTMLFormElement): string {
  let field = form.querySelector<HTMLInputElement>("input[name=kept]");
  if (field === null) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = "kept";
    field.value = crypto.randomUUID();
    form.prepend(field);
  }
  return field.value;
}
