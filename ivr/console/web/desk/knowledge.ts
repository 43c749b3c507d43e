// The bank's knowledge base beside a call: asked while the agent types, the last question's answer is shown.

/** Nothing more typed for so long is a question. */
const TYPED_MS = 250;

/** `ask` gives the answer as the console draws it; null where there is none. Escape gives the page its keys back. */
export function searches(field: HTMLInputElement, place: HTMLElement, ask: (words: string) => Promise<string | null>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const look = async (): Promise<void> => {
    const [number, words] = [(asked += 1), field.value.trim()];
    const answer = words === "" ? "" : await ask(words);
    if (number === asked) place.innerHTML = answer ?? '<p class="empty">没有取到，请再试一次</p>';
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), TYPED_MS);
  });
  field.addEventListener("keydown", (event) => event.key === "Escape" && field.blur());
  field.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void look();
  });
}
