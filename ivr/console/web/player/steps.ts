// What the player decides: which step is at a moment, how long until the next one.

/** A step of a call: when it was (ms since the call came in) and where in a recording it is (s), by its number. */
export interface Step {
  readonly at: number;
  readonly places: ReadonlyMap<number, number>;
}

/** The last step that has begun at this place of a recording, -1 where none has. */
export function stepAt(steps: readonly Step[], sound: number, seconds: number): number {
  let found = -1;
  steps.forEach((step, number) => {
    const place = step.places.get(sound);
    if (place !== undefined && place <= seconds + 0.05) found = number;
  });
  return found;
}

/** How long (ms) a replay without sound stays at a step: as long as it lasted, but between half a second and three. */
export function stay(steps: readonly Step[], number: number): number {
  const here = steps[number];
  const next = steps[number + 1];
  if (here === undefined || next === undefined) return 0;
  return Math.min(3000, Math.max(500, next.at - here.at));
}

/** The number that a step by so many leads to; it stays within the call. */
export function moved(count: number, from: number, by: number): number {
  return Math.min(count - 1, Math.max(0, from + by));
}

/** The step to hear: this one where something was said in it that can be heard, else the next such one, else -1. */
export function heardFrom(said: readonly boolean[], current: number): number {
  return said.findIndex((one, number) => one && number >= current);
}
