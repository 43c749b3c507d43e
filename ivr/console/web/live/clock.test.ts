import { expect, test } from "vitest";
import { ServerClock, span, STALE_MS, tick, told } from "./clock.ts";

test("what the browser's clock says matters to nobody: the console's goes on by steps", () => {
  let steps = 50;
  const clock = new ServerClock(() => steps);
  expect(clock.now()).toBeNull();
  clock.take({ now: 1_000_000, age: 200, linked: true });
  steps += 1500;
  expect([clock.now(), clock.age()]).toEqual([1_001_500, 1700]);
});

test("figures are live, then seconds old, then not to be believed", () => {
  let steps = 0;
  const clock = new ServerClock(() => steps);
  expect(told(clock)).toEqual({ words: "中断：还没有数据", stale: true });
  clock.take({ now: 5, age: null, linked: false });
  expect(told(clock).stale).toBe(true);
  clock.take({ now: 5, age: 0, linked: true });
  expect(told(clock)).toEqual({ words: "实时", stale: false });
  steps += 2100;
  expect(told(clock)).toEqual({ words: "2 秒前", stale: false });
  steps = STALE_MS - 1;
  expect(told(clock).stale).toBe(false);
  steps = STALE_MS;
  expect(told(clock)).toEqual({ words: "中断：0:05 前的情况", stale: true });
});

test("spans as people read them", () => {
  expect([span(-5), span(999), span(61_000), span(3_723_000)]).toEqual(["0:00", "0:00", "1:01", "1:02:03"]);
});

test("every span on the page goes on, and what is no moment stays", () => {
  document.body.innerHTML = '<time data-since="1000">a</time><time data-since="x">b</time><time>c</time>';
  tick(document, 66_000);
  expect(document.body.textContent).toBe("1:05bc");
});
