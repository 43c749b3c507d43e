// <kept-draft>, on the pages of forms for menus; and a merge that is proposed takes the place of the edit that was kept.
import { formId, KeptDraft } from "../editor/kept-draft.ts";
import { carriedBy } from "../editor/kept.ts";

customElements.define("kept-draft", KeptDraft);

const person = document.querySelector<HTMLMetaElement>("meta[name=person]")?.content ?? "";
for (const form of document.querySelectorAll<HTMLFormElement>('form[action="/menus/propose"]')) {
  const replaced = form.querySelector<HTMLInputElement>("input[name=replaces]")?.value ?? "";
  if (replaced !== "") form.addEventListener("submit", () => carriedBy(formId(form), person, replaced));
}
