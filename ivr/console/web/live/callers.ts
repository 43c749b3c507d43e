// Callers in the menu's picture: each place (`<a data-node="menu:main">` of the SVG) has a circle with how many are there
// now, and its name says so.

const SVG = "http://www.w3.org/2000/svg";

/** What the stream tells: place → how many callers are there. */
export interface Callers {
  readonly revision: string;
  readonly callers: Readonly<Record<string, number>>;
}

/** Show them in the picture below `root`. */
export function showCallers(root: ParentNode, told: Callers): void {
  for (const place of root.querySelectorAll<SVGElement>("a[data-node]")) {
    show(place, told.callers[place.dataset["node"] ?? ""] ?? 0);
  }
}

function show(place: SVGElement, number: number): void {
  const name = place.dataset["name"] ?? place.getAttribute("aria-label") ?? "";
  place.dataset["name"] = name;
  const label = number === 0 ? name : `${name}，现在 ${number} 通`;
  if (place.getAttribute("aria-label") !== label) place.setAttribute("aria-label", label);
  const badge = place.querySelector(".callers");
  if (number === 0) {
    badge?.remove();
    return;
  }
  const words = String(number);
  const text = badge?.querySelector("text") ?? made(place).querySelector("text");
  if (text !== null && text.textContent !== words) text.textContent = words;
}

/** A circle at the upper right corner of the place's box. */
function made(place: SVGElement): SVGElement {
  const box = place.querySelector("rect");
  const at = (name: string): number => Number(box?.getAttribute(name) ?? 0);
  const x = at("x") + at("width") - 6;
  const y = at("y") + 2;
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", "callers");
  group.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS(SVG, "circle");
  const text = document.createElementNS(SVG, "text");
  for (const [name, value] of [["cx", x], ["cy", y], ["r", 13]] as const) circle.setAttribute(name, String(value));
  circle.setAttribute("fill", "#a4161f");
  circle.setAttribute("stroke", "#ffffff");
  for (const [name, value] of [["x", x], ["y", y + 5], ["font-size", 14]] as const) text.setAttribute(name, String(value));
  text.setAttribute("text-anchor", "middle");
  text.setAttribute("fill", "#ffffff");
  group.append(circle, text);
  place.append(group);
  return group;
}
