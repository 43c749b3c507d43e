// How an agent is, as the node tells it, and what a page makes of it. No page in here: see desk.ts.

export type State = "ready" | "ring" | "talk" | "acw" | "pause" | "offline";

export interface Asked {
  to: string;
  since: number;
  agent: string;
  answered: boolean;
}

/** Times are epoch ms by the node's clock; `now` is when it was told. */
export interface AgentNow {
  state: State;
  reason: string | null;
  since: number;
  call_id: string;
  acw_until: number;
  held_since: number;
  asked: Asked | null;
  caller: { call_id: string; queue: string; level: string } | null;
  now: number;
}

export const STATE_WORDS: Record<State, string> = {
  ready: "就绪", ring: "振铃", talk: "通话", acw: "事后处理", pause: "示忙", offline: "未签入",
};

/** The state as the agent thinks of it: a talk may be on hold, or a colleague be asked meanwhile. */
export function stateWords(one: AgentNow): string {
  if (one.state === "talk" && one.asked !== null) return "咨询中";
  if (one.state === "talk" && one.held_since > 0) return "客户保持中";
  return STATE_WORDS[one.state];
}

/** Why the page itself keeps calls away. */
const HELD_BACK: ReadonlyMap<string, string> = new Map([
  ["lost", "页面或话机断开了，来电不会分给您"],
  ["microphone", "麦克风不能用，来电不会分给您：先打开话机，或重新插上耳麦"],
  ["untried", "先做振铃测试：听到后接听，才会分来电"],
]);

/** Colour class of the state's badge. */
export function stateKind(one: AgentNow): string {
  if (one.state === "ready") return "ok";
  if (one.state === "pause") return HELD_BACK.has(one.reason ?? "") ? "bad" : "warn";
  return one.state === "offline" ? "idle" : "info";
}

/** Why no calls come, in words; `pauses` are the operator's own reasons. */
export function whyNot(one: AgentNow, pauses: ReadonlyMap<string, string>): string {
  if (one.state === "offline") return "话机没有注册，或者已签出";
  if (one.state !== "pause") return "";
  return HELD_BACK.get(one.reason ?? "") ?? pauses.get(one.reason ?? "") ?? "";
}

/** A span as 1:05, or 1:00:05. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** A caller may be on hold so long (HB 7.4.5). */
export const HOLD_MS = 30_000;

/** What must be so soon after the agent asked for it; where nothing can be seen of it, always. */
export function confirmed(what: string, before: AgentNow, after: AgentNow): boolean {
  const busy = after.state === "talk" || after.state === "ring" || after.state === "acw";
  switch (what) {
    case "ready":
      return after.state === "ready" || busy;
    case "sign-in":
      return after.state !== "offline";
    case "pause":
      return after.state === "pause" || busy;
    case "sign-out":
      return after.state === "offline" || after.state === "talk";
    case "transfer":
    case "connect":
    case "hang-up":
      return after.state !== "talk" || after.call_id !== before.call_id;
    case "answer":
      return after.state !== "ring";
    case "hold":
      return after.held_since > 0 || after.state !== "talk";
    case "unhold":
      return after.held_since === 0;
    case "more-time":
      return after.acw_until > before.acw_until || after.state === "talk";
    case "done":
      return before.state !== "acw" || after.state !== "acw" || after.call_id !== before.call_id;
    default:
      return true;
  }
}
