import { beforeAll, describe, expect, it } from "vitest";
import { TextConversation } from "./conversation.ts";

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
const PART = '<section id="conversation"><ol class="talk"><li>您好</li></ol><form><input name="text"></form></section>';

describe("text-conversation", () => {
  beforeAll(() => customElements.define("text-conversation", TextConversation));

  it("goes on writing after the conversation was shown anew", async () => {
    document.body.innerHTML = `<text-conversation>${PART}</text-conversation><button>别处</button>`;
    await settled();
    expect(document.activeElement).toBe(document.querySelector("input"));
    document.querySelector<HTMLElement>("button")?.focus();
    const whole = document.querySelector("text-conversation") as HTMLElement;
    whole.innerHTML = PART;
    await settled();
    expect(document.activeElement).toBe(document.querySelector("input"));
  });

  it("bears a conversation that is over", () => {
    document.body.innerHTML = '<text-conversation><section id="conversation"></section></text-conversation>';
    expect(document.querySelector("text-conversation")).not.toBeNull();
  });
});
