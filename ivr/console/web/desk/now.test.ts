import { describe, expect, it } from "vitest";
import { type AgentNow, confirmed, span, stateKind, stateWords, whyNot } from "./now.ts";

const READY: AgentNow = {
  state: "ready", reason: null, since: 0, call_id: "", acw_until: 0, held_since: 0, asked: null, caller: null, now: 0,
};
const TALK: AgentNow = { ...READY, state: "talk", call_id: "k1" };

describe("what a desk says of its agent", () => {
  it("names a talk by what goes on in it", () => {
    expect(stateWords(TALK)).toBe("通话");
    expect(stateWords({ ...TALK, held_since: 5 })).toBe("客户保持中");
    expect(stateWords({ ...TALK, held_since: 5, asked: { to: "1003", since: 1, agent: "", answered: false } })).toBe("咨询中");
  });

  it("says why no calls come", () => {
    const pauses = new Map([["2", "用餐"]]);
    expect(whyNot({ ...READY, state: "pause", reason: "2" }, pauses)).toBe("用餐");
    expect(whyNot({ ...READY, state: "pause", reason: "untried" }, pauses)).toContain("振铃测试");
    expect(whyNot({ ...READY, state: "pause", reason: "microphone" }, pauses)).toContain("麦克风");
    expect(stateKind({ ...READY, state: "pause", reason: "microphone" })).toBe("bad");
    expect(stateKind({ ...READY, state: "pause", reason: "lost" })).toBe("bad");
    expect(whyNot(READY, pauses)).toBe("");
  });

  it("writes spans", () => {
    expect([span(-5), span(65_000), span(3_605_000)]).toEqual(["0:00", "1:05", "1:00:05"]);
  });
});

describe("nothing is believed before it is told", () => {
  it.each([
    ["ready", { ...READY, state: "pause", reason: "1" }, READY],
    ["transfer", TALK, { ...TALK, state: "acw" }],
    ["connect", TALK, { ...TALK, call_id: "k2" }],
    ["hold", TALK, { ...TALK, held_since: 9 }],
    ["unhold", { ...TALK, held_since: 9 }, TALK],
    ["done", { ...TALK, state: "acw" }, READY],
    ["more-time", { ...READY, state: "acw", acw_until: 5 }, { ...READY, state: "acw", acw_until: 9 }],
    ["answer", { ...TALK, state: "ring" }, TALK],
  ] as [string, AgentNow, AgentNow][])("%s is confirmed by what follows, and not by what was", (what, before, after) => {
    expect(confirmed(what, before, after)).toBe(true);
    expect(confirmed(what, before, before)).toBe(false);
  });
});
