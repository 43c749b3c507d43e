import { expect, test } from "vitest";
import { heardFrom, moved, stay, stepAt, type Step } from "./steps.ts";

const steps: Step[] = [
  { at: 0, places: new Map() },
  { at: 1000, places: new Map([[0, 1]]) },
  { at: 1100, places: new Map([[0, 1.1]]) },
  { at: 60_000, places: new Map([[0, 60], [1, 0]]) },
];

test("the step at a place of a recording is the last that has begun", () => {
  expect(stepAt(steps, 0, 0.5)).toBe(-1);
  expect(stepAt(steps, 0, 1)).toBe(1);
  expect(stepAt(steps, 0, 59)).toBe(2);
  expect(stepAt(steps, 1, 0)).toBe(3);
  expect(stepAt(steps, 2, 9)).toBe(-1);
});

test("a replay neither rushes nor waits for long", () => {
  expect(stay(steps, 0)).toBe(1000);
  expect(stay(steps, 1)).toBe(500);
  expect(stay(steps, 2)).toBe(3000);
  expect(stay(steps, 3)).toBe(0);
});

test("steps end at the ends", () => {
  expect(moved(4, -1, 1)).toBe(0);
  expect(moved(4, 0, -1)).toBe(0);
  expect(moved(4, 3, 1)).toBe(3);
});

test("what is heard is what was said at this step, or next after it", () => {
  expect(heardFrom([false, true, false, true], -1)).toBe(1);
  expect(heardFrom([false, true, false, true], 1)).toBe(1);
  expect(heardFrom([false, true, false, true], 2)).toBe(3);
  expect(heardFrom([true, false], 1)).toBe(-1);
  expect(heardFrom([], -1)).toBe(-1);
});
