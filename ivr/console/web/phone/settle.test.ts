import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SETTLE_MS, settle } from "./settle.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("nothing is sent while addresses are still being named", () => {
  const ready = vi.fn();
  const listener = settle();
  for (let i = 0; i < 5; i += 1) {
    listener({ ready });
    vi.advanceTimersByTime(SETTLE_MS - 1);
  }
  expect(ready).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(ready).toHaveBeenCalledTimes(1);
});

test("two calls do not wait for each other", () => {
  const [one, other] = [vi.fn(), vi.fn()];
  settle()({ ready: one });
  vi.advanceTimersByTime(SETTLE_MS - 1);
  settle()({ ready: other });
  vi.advanceTimersByTime(1);
  expect([one.mock.calls.length, other.mock.calls.length]).toEqual([1, 0]);
});
