// Keys of a page: an element with data-key="c" is pressed (a field is entered) by that key, and `?` lists them all.
// Who finds that his speech input or screen reader presses them switches them off in that list (WCAG 2.1.4).

const OFF = "console.keys.off";

/** One key of the page: what it presses, and the words for it (data-key-label, else what the element says). */
export interface Shortcut {
  readonly key: string;
  readonly label: string;
  readonly target: HTMLElement;
}

/** The page's keys, in its order; of two elements that claim one key, the first has it. */
export function shortcuts(root: ParentNode): Shortcut[] {
  const found = new Map<string, Shortcut>();
  for (const target of root.querySelectorAll<HTMLElement>("[data-key]")) {
    const key = target.dataset["key"] ?? "";
    if (key === "" || found.has(key)) continue;
    const words = target.dataset["keyLabel"] ?? target.getAttribute("aria-label") ?? target.textContent ?? "";
    found.set(key, { key, label: words.replace(/\s+/g, " ").trim(), target });
  }
  return [...found.values()];
}

/** Whether a key typed at this element is text, or belongs to the element itself (a list, a slider). */
export function types(at: EventTarget | null): boolean {
  if (!(at instanceof HTMLElement)) return false;
  const taken = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], [data-own-keys]";
  return at.isContentEditable || at.closest(taken) !== null;
}

/** What a key does here: the element to press, "help", or null. Keys with Ctrl, Alt or Meta are the browser's. */
export function chosen(event: KeyboardEvent, root: ParentNode, off: boolean): HTMLElement | "help" | null {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return null;
  if (types(event.target)) return null;
  if (event.key === "?") return "help";
  if (off) return null;
  return shortcuts(root).find((one) => one.key === event.key)?.target ?? null;
}

function press(target: HTMLElement): void {
  if (target.matches("input:not([type=button]):not([type=submit]), textarea, select")) target.focus();
  else target.click();
}

/** The list of the page's keys as a dialog, made when it is asked for. */
function help(page: Document): void {
  page.querySelector("dialog.keys")?.remove();
  const dialog = page.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = page.createElement("h2");
  title.id = "keys-title";
  title.textContent = "键盘";
  const list = page.createElement("dl");
  for (const { key, label } of [{ key: "?", label: "这张表" }, ...shortcuts(page)]) {
    const term = page.createElement("dt");
    const kbd = page.createElement("kbd");
    kbd.textContent = key;
    term.append(kbd);
    const words = page.createElement("dd");
    words.textContent = label;
    list.append(term, words);
  }
  const label = page.createElement("label");
  const box = page.createElement("input");
  box.type = "checkbox";
  box.checked = localStorage.getItem(OFF) === "1";
  box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "1" : "0"));
  label.append(box, " 不用单个按键（语音输入、读屏软件）");
  const form = page.createElement("form");
  form.method = "dialog";
  const close = page.createElement("button");
  close.textContent = "关闭";
  form.append(close);
  dialog.append(title, list, label, form);
  dialog.addEventListener("close", () => dialog.remove());
  page.body.append(dialog);
  dialog.showModal();
}

/** Take the page's keys from now on. */
export function listen(page: Document): void {
  page.addEventListener("keydown", (event) => {
    if (page.querySelector("dialog[open]") !== null) return;
    const what = chosen(event, page, localStorage.getItem(OFF) === "1");
    if (what === null) return;
    event.preventDefault();
    if (what === "help") help(page);
    else press(what);
  });
}
