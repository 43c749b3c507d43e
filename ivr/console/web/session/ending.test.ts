import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Left, warning, WARN_MS, watchSession } from "./ending.ts";

const MINUTE = 60_000;
let left: Left | null;
let asked: string[];

const said = (): string => document.querySelector(".session-ending")?.textContent ?? "";

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  left = { idle: 30 * MINUTE, longest: 600 * MINUTE };
  vi.stubGlobal("fetch", async (_url: string, how: { method: string }) => {
    asked.push(how.method);
    if (how.method === "POST" && left !== null) left = { ...left, idle: 29 * MINUTE };
    return new Response(JSON.stringify(left ?? {}), { status: left === null ? 401 : 200 });
  });
  document.head.innerHTML = `<meta name="session-left" content="${29 * MINUTE}">`;
  document.body.innerHTML = `<main><textarea></textarea></main>`;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a session that will end", () => {
  it("is told of by its words", () => {
    expect(warning({ idle: WARN_MS + 1, longest: WARN_MS + 1 }, 0)).toBe("");
    expect(warning({ idle: 4 * MINUTE, longest: 90 * MINUTE }, 0)).toContain("很久没有操作，登录约 4 分钟后");
    expect(warning({ idle: 29 * MINUTE, longest: 3 * MINUTE }, 0)).toContain("登录快满 12 小时，约 3 分钟后");
  });
  it("is told of a few minutes before, leaves the focus alone, and goes on when one says so", async () => {
    document.querySelector("textarea")?.focus();
    watchSession(document);
    await vi.advanceTimersByTimeAsync(23 * MINUTE);
    expect(asked).toEqual([]);
    left = { idle: 5 * MINUTE, longest: 570 * MINUTE };
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(said()).toContain("很久没有操作，登录约 5 分钟后");
    expect(document.activeElement?.tagName).toBe("TEXTAREA");
    document.querySelector<HTMLButtonElement>(".session-ending button")?.click();
    await vi.advanceTimersByTimeAsync(0);
    expect([said(), asked.at(-1)]).toEqual(["", "POST"]);
    await vi.advanceTimersByTimeAsync(23 * MINUTE);
    expect(said()).toBe("");
  });
  it("goes on without a word where another page of it was used", async () => {
    watchSession(document);
    await vi.advanceTimersByTimeAsync(24 * MINUTE);
    expect([asked, said()]).toEqual([["GET"], ""]);
  });
  it("says that it is over, and where to sign in", async () => {
    watchSession(document);
    left = null;
    await vi.advanceTimersByTimeAsync(24 * MINUTE);
    expect(said()).toContain("登录已结束");
    expect(document.querySelector(".session-ending a")?.getAttribute("href")).toContain("/sign-in?next=");
  });
});
