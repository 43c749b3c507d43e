import { expect, it, vi } from "vitest";
import { searches } from "./knowledge.ts";

it("asks when no more is typed, and shows the answer to what was asked last", async () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<form><input id="words"></form><div id="found"></div>';
  const field = document.querySelector<HTMLInputElement>("#words")!;
  const place = document.querySelector<HTMLElement>("#found")!;
  const answers: ((answer: string | null) => void)[] = [];
  const asked: string[] = [];
  searches(field, place, (words) => {
    asked.push(words);
    return new Promise((answer) => answers.push(answer));
  });
  const type = (words: string): void => {
    field.value = words;
    field.dispatchEvent(new Event("input"));
  };
  type("年");
  type("年费");
  await vi.advanceTimersByTimeAsync(300);
  type("挂失");
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toEqual(["年费", "挂失"]);
  answers[1]!("<p>挂失</p>");
  answers[0]!("<p>年费</p>");
  await vi.advanceTimersByTimeAsync(0);
  expect(place.textContent).toBe("挂失");
  type("丢了");
  await vi.advanceTimersByTimeAsync(300);
  answers[2]!(null);
  await vi.advanceTimersByTimeAsync(0);
  expect(place.textContent).toContain("再试");
  type("");
  await vi.advanceTimersByTimeAsync(300);
  expect([place.textContent, asked.length]).toEqual(["", 3]);
  vi.useRealTimers();
});
