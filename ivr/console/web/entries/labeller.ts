// The sound of a turn that is labelled: it plays when the page opens, and again by key or button.

function soundOf(element: HTMLElement): HTMLAudioElement | null {
  return element.querySelector("audio");
}

/** <label-sound>: an <audio>, and buttons with data-sound="play" (from the start) or "back" (one second). */
class LabelSound extends HTMLElement {
  connectedCallback(): void {
    const audio = soundOf(this);
    if (audio === null) return;
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-sound]") : null;
      if (button === null) return;
      audio.currentTime = button.dataset["sound"] === "back" ? Math.max(0, audio.currentTime - 1) : 0;
      void this.play(audio);
    });
    void this.play(audio);
  }

  /** Browsers play nothing before the first key or click of a visit; then the key for it does. */
  private async play(audio: HTMLAudioElement): Promise<void> {
    try {
      await audio.play();
    } catch (refused) {
      if (!(refused instanceof DOMException)) throw refused;
    }
  }
}

customElements.define("label-sound", LabelSound);
