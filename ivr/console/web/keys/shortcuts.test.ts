import { beforeEach, describe, expect, it } from "vitest";
import { chosen, shortcuts } from "./shortcuts.ts";

function typed(key: string, at: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  document.querySelector(at)?.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  document.body.innerHTML = `
    <main><a id="calls" href="/calls" data-key="c">通话</a><button id="again" data-key="c">再来</button>
    <input id="field"><div id="list" data-own-keys tabindex="0"><span id="row" tabindex="0">行</span></div></main>`;
});

describe("keys of a page", () => {
  it("press the first element that claims them", () => {
    expect(chosen(typed("c", "main"), document, false)).toBe(document.querySelector("#calls"));
    expect(shortcuts(document).map((one) => one.label)).toEqual(["通话"]);
  });
  it("are text in a field and the element's own in a list", () => {
    expect(chosen(typed("c", "#field"), document, false)).toBeNull();
    expect(chosen(typed("c", "#row"), document, false)).toBeNull();
    expect(chosen(typed("?", "#field"), document, false)).toBeNull();
  });
  it("leave the browser and the input method theirs", () => {
    expect(chosen(typed("c", "main", { ctrlKey: true }), document, false)).toBeNull();
    expect(chosen(typed("c", "main", { isComposing: true }), document, false)).toBeNull();
  });
  it("can be switched off, all but the list of them", () => {
    expect(chosen(typed("c", "main"), document, true)).toBeNull();
    expect(chosen(typed("?", "main"), document, true)).toBe("help");
  });
});
