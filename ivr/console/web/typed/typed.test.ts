import { beforeEach, describe, expect, it } from "vitest";
import { controls, keepTyped, LONGEST_MS, PREFIX, TypedStore, values } from "./typed.ts";

const FORM = `
  <form data-keep method="post" action="/complaints/7/decide">
    <input type="hidden" name="csrf" value="x"><input name="reason" value=""><textarea name="facts"></textarea>
    <input type="password" name="password"><input name="code" autocomplete="one-time-code"><input type="file" name="sound">
    <textarea name="text:hotline.yaml" hidden>所有文字</textarea><span data-never-keep><input name="phone"></span>
    <select name="cause"><option value="a">甲</option><option value="b">乙</option></select>
    <input type="checkbox" name="waive" value="1"><input type="checkbox" name="waive" value="2">
    <button>做</button></form>`;

function page(person = "zhang", taken = "", body = FORM, storage = localStorage): HTMLFormElement {
  document.head.innerHTML = `<meta name="person" content="${person}">${taken ? `<meta name="forms-taken" content="${taken}">` : ""}`;
  document.body.innerHTML = `<main>${body}</main>`;
  keepTyped(document, storage);
  return document.querySelector("form") as HTMLFormElement;
}

function type(form: HTMLFormElement, name: string, text: string): void {
  const field = form.elements.namedItem(name) as HTMLTextAreaElement;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  window.dispatchEvent(new Event("pagehide")); // what waits for a pause is kept at once when the page goes
}

/** As the form is sent: what it tells the console it is. */
function sent(form: HTMLFormElement): string {
  form.dispatchEvent(new Event("submit", { cancelable: true }));
  return form.querySelector<HTMLInputElement>("input[name=kept]")?.value ?? "";
}

const notices = (): string[] => [...document.querySelectorAll(".typed-kept p:first-child")].map((one) => one.textContent ?? "");
const press = (words: string): void => [...document.querySelectorAll("button")].find((one) => one.textContent === words)?.click();

beforeEach(() => {
  window.dispatchEvent(new Event("pagehide")); // the page of the test before
  localStorage.clear();
});

describe("what is typed into a form", () => {
  it("is offered again on a page that is opened later, and comes back when asked for", () => {
    const before = page();
    type(before, "facts", "核实：卡被吞了");
    (before.elements.namedItem("cause") as HTMLSelectElement).value = "b";
    before.querySelectorAll<HTMLInputElement>("[name=waive]")[1]?.click();
    type(before, "reason", "写到一半");
    const again = page();
    expect(notices()).toEqual([expect.stringContaining("核实：卡被吞了")]);
    expect(values(again)["facts"]).toEqual([""]);
    press("恢复");
    expect(values(again)).toEqual({ reason: ["写到一半"], facts: ["核实：卡被吞了"], cause: ["b"], waive: ["2"] });
    expect(notices()).toEqual([]);
  });
  it("holds no secret, no file, no number, nothing that is not seen", () => {
    const form = page();
    expect([...new Set(controls(form).map((one) => one.name))]).toEqual(["reason", "facts", "cause", "waive"]);
    for (const name of ["password", "code", "phone"]) type(form, name, "874512");
    expect(JSON.stringify({ ...localStorage })).not.toContain("874512");
  });
  it("goes when the console has it, and only then", () => {
    const form = page();
    type(form, "reason", "没有送到");
    const id = sent(form);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    page(); // the console did not say so: the network was away
    expect(notices().length).toBe(1);
    page("zhang", id);
    expect(notices()).toEqual([]);
    expect(localStorage.length).toBe(0);
  });
  it("is not offered where the console shows it again, and is sent under the same name", () => {
    const form = page();
    type(form, "reason", "被拒绝的原因");
    const id = sent(form);
    const refused = page("zhang", "", FORM.replace('name="reason" value=""', 'name="reason" value="被拒绝的原因"'));
    expect(notices()).toEqual([]);
    expect(sent(refused)).toBe(id);
  });
  it("is ones own, of one form, and can be thrown away", () => {
    type(page(), "reason", "我的");
    page("li");
    expect(notices()).toEqual([]);
    page("zhang", "", FORM.replace("/7/", "/8/"));
    expect(notices()).toEqual([]);
    page();
    press("丢弃");
    page();
    expect(notices()).toEqual([]);
  });
  it("is as it was when nothing was typed", () => {
    const form = page();
    type(form, "reason", "");
    expect(localStorage.length).toBe(0);
    expect(sent(form)).toBe("");
  });
  it("leaves alone what was not typed into: it may be another's by now", () => {
    type(page(), "reason", "只写了原因");
    const again = page("zhang", "", FORM.replace('name="facts">', 'name="facts">别人刚写的'));
    press("恢复");
    expect(values(again)).toMatchObject({ reason: ["只写了原因"], facts: ["别人刚写的"] });
  });
  it("was typed at two times and is offered twice", () => {
    type(page(), "reason", "第一次");
    type(page(), "reason", "第二次");
    page();
    expect(notices().length).toBe(2);
  });
  it("is forgotten after three days, and what is no entry at all too", () => {
    let now = 1_000;
    const store = new TypedStore(localStorage, "zhang", () => now);
    store.write("a", "/x#", { reason: ["老"] });
    localStorage.setItem(`${PREFIX}broken`, "{");
    now += LONGEST_MS;
    expect(store.of("/x#").map((one) => one.id)).toEqual(["a"]);
    now += 1;
    expect(store.all()).toEqual([]);
    expect(localStorage.length).toBe(0);
  });
  it("that the browser has no room for is told", () => {
    const full = { getItem: () => null, removeItem: () => undefined, setItem: (): void => {
      throw new DOMException("full", "QuotaExceededError");
    } } as unknown as Storage;
    type(page("zhang", "", FORM, full), "reason", "太长");
    expect(notices()).toEqual([expect.stringContaining("存不下")]);
  });
});
