// <text-conversation>: what was written last is in view, and who writes goes on writing. Everything else is plain forms.
export class TextConversation extends HTMLElement {
  private readonly observer = new MutationObserver(() => this.showLast());

  connectedCallback(): void {
    this.observer.observe(this, { childList: true });
    this.showLast();
  }

  disconnectedCallback(): void {
    this.observer.disconnect();
  }

  private showLast(): void {
    const lines = this.querySelector(".talk");
    if (lines !== null) {
      lines.scrollTop = lines.scrollHeight;
    }
    this.querySelector<HTMLInputElement>("input[name=text]")?.focus({ preventScroll: true });
  }
}
