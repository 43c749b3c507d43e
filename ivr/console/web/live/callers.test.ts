import { beforeEach, expect, test } from "vitest";
import { showCallers } from "./callers.ts";

beforeEach(() => {
  document.body.innerHTML =
    '<svg><a data-node="menu:main" aria-label="主菜单"><rect x="10" y="20" width="100"/></a>' +
    '<a data-node="leaf:x" aria-label="余额"><rect x="0" y="0" width="50"/></a></svg>';
});

const names = (): (string | null)[] => [...document.querySelectorAll("a")].map((one) => one.getAttribute("aria-label"));

test("who is where is shown and said, and no longer when he is gone", () => {
  showCallers(document, { revision: "r", callers: { "menu:main": 3, "menu:gone": 1 } });
  expect(names()).toEqual(["主菜单，现在 3 通", "余额"]);
  expect(document.querySelectorAll(".callers").length).toBe(1);
  showCallers(document, { revision: "r", callers: { "menu:main": 12, "leaf:x": 1 } });
  expect(names()).toEqual(["主菜单，现在 12 通", "余额，现在 1 通"]);
  expect([...document.querySelectorAll(".callers text")].map((one) => one.textContent)).toEqual(["12", "1"]);
  showCallers(document, { revision: "r", callers: {} });
  expect([names(), document.querySelectorAll(".callers").length]).toEqual([["主菜单", "余额"], 0]);
});
