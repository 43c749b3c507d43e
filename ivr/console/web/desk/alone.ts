// One document for the shift: a second one would take the telephone away from the first. It begins once the first is
// gone; of one that has crashed the browser knows so a moment later.

/** Another tab that has the desk is told of after so long. */
const ELSEWHERE_MS = 500;

/** Begin when no other tab has the desk, and keep it; until then `place` says so. */
export function alone(place: HTMLElement | null, begin: () => void): Promise<void> {
  const say = (words: string): void => {
    if (place === null) return;
    place.textContent = words;
    place.hidden = words === "";
  };
  const waits = setTimeout(() => say("座席台已在这个浏览器的另一个标签页打开：请回到那里，或关掉那一个"), ELSEWHERE_MS);
  return navigator.locks.request("hotline-desk", () => {
    clearTimeout(waits);
    say("");
    begin();
    return new Promise<void>(() => undefined);
  });
}
