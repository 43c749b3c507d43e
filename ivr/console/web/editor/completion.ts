// What can be written where: keys and words from the file's schema, names (menus, leaves, prompts …) from the flow as it
// was checked last. The same schema that the checker is made of: there is one judge.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { Text } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

export interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  enum?: (string | number)[];
  "x-names"?: string;
}

export type Names = Record<string, readonly string[]>;
/** From the top of the file to the place: keys, and "" for an item of a list. */
export type Path = readonly string[];

function alternatives(schema: Schema): Schema[] {
  return schema.anyOf ? schema.anyOf.flatMap(alternatives) : [schema];
}

/** The schemas that what stands at the path may have. */
export function at(schema: Schema, path: Path): Schema[] {
  let found = alternatives(schema);
  for (const step of path) {
    found = found.flatMap((one) => {
      if (step === "") return one.items ? alternatives(one.items) : [];
      const named = one.properties?.[step];
      if (named) return alternatives(named);
      const patterned = Object.entries(one.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(step));
      if (patterned) return alternatives(patterned[1]);
      return typeof one.additionalProperties === "object" ? alternatives(one.additionalProperties) : [];
    });
  }
  return found;
}

/** What may be written as a key of the mapping at the path. */
export function keys(schema: Schema, path: Path): Completion[] {
  const found = new Map<string, Completion>();
  for (const one of at(schema, path)) {
    for (const [name, field] of Object.entries(one.properties ?? {})) {
      found.set(name, { label: name, apply: `${name}: `, type: "property", info: field.description ?? "" });
    }
  }
  return [...found.values()];
}

/** What may be written as the value at the path. */
export function values(schema: Schema, path: Path, names: Names): Completion[] {
  const found = new Map<string, Completion>();
  for (const one of at(schema, path)) {
    const also = one.items ? alternatives(one.items) : [];
    for (const each of [one, ...also]) {
      for (const word of each.enum ?? []) {
        found.set(String(word), { label: String(word), type: "enum", detail: each.description ?? "" });
      }
      if (each.type === "boolean") for (const word of ["true", "false"]) found.set(word, { label: word, type: "keyword" });
      for (const name of names[each["x-names"] ?? ""] ?? []) found.set(name, { label: name, type: "variable" });
    }
  }
  return [...found.values()];
}

function keyOf(pair: SyntaxNode, doc: Text): string | null {
  const key = pair.getChild("Key");
  if (!key) return null;
  return doc.sliceString(key.from, key.to).replace(/^["']|["']$/g, "");
}

/** Where in the file a node of the syntax tree stands. */
export function pathOf(node: SyntaxNode | null, doc: Text): string[] {
  const path: string[] = [];
  for (let here = node; here; here = here.parent) {
    if (here.name === "Pair") {
      const key = keyOf(here, doc);
      if (key !== null) path.unshift(key);
    } else if (here.name === "Item" || here.parent?.name === "FlowSequence") {
      if (here.name !== "Pair" && path[0] !== "") path.unshift("");
    }
  }
  return path;
}

/** The path of the mapping around a line that is still being written, by its indent: the tree knows nothing of it. */
export function pathByIndent(doc: Text, line: number, indent: number): string[] {
  const path: string[] = [];
  let least = indent;
  for (let number = line - 1; number >= 1 && least > 0; number--) {
    const text = doc.line(number).text;
    const found = /^(\s*)((?:-\s+)?)([A-Za-z0-9_*#"'-]+)\s*:/.exec(text);
    if (!found || text.trimStart().startsWith("#")) continue;
    const [, space = "", dash = "", key = ""] = found;
    const column = space.length + dash.length;
    if (dash && column < least) {
      path.unshift("", key.replace(/["']/g, ""));
      least = space.length;
    } else if (dash && column === least) {
      path.unshift("");
      least = space.length;
    } else if (space.length < least) {
      path.unshift(key.replace(/["']/g, ""));
      least = space.length;
    }
  }
  return path;
}

/** A source of completions for a file with this schema. */
export function completing(schema: () => Schema | undefined, names: () => Names) {
  return (context: CompletionContext): CompletionResult | null => {
    const known = schema();
    if (!known) return null;
    const doc = context.state.doc;
    const line = doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (/^\s*#/.test(before)) return null;
    const word = /[A-Za-z0-9_*#-]*$/.exec(before)?.[0] ?? "";
    const from = context.pos - word.length;
    if (!word && !context.explicit && !/[:[{,]\s$/.test(before)) return null;
    const head = before.slice(0, before.length - word.length);
    const inBrackets = /[[{][^\]}]*$/.test(head);
    let options: Completion[];
    const valueOf = /(?:^|[\s{,[-])([A-Za-z0-9_]+|"[^"]*"):\s+\[?(?:[^\]{}]*,\s*)?$/.exec(head);
    if (!inBrackets && /^\s*(?:-\s+)?$/.test(head)) {
      const dash = head.indexOf("-");
      const path = pathByIndent(doc, line.number, dash >= 0 ? dash : head.length);
      const inside = dash >= 0 ? [...path, ""] : path;
      options = [...keys(known, inside), ...(dash >= 0 ? values(known, inside, names()) : [])];
    } else if (valueOf && !inBrackets) {
      const dash = /^(\s*)-\s+/.exec(line.text);
      const indent = dash ? dash[1]?.length ?? 0 : (/^\s*/.exec(line.text)?.[0].length ?? 0);
      const path = pathByIndent(doc, line.number, indent);
      options = values(known, [...path, ...(dash ? [""] : []), (valueOf[1] ?? "").replace(/"/g, "")], names());
    } else {
      const around = syntaxTree(context.state).resolveInner(from, -1);
      const path = pathOf(around, doc);
      const isValue = /:\s+\[?[^{}]*$/.test(head.slice(head.lastIndexOf("{") + 1).split(/,(?![^[]*\])/).at(-1) ?? "");
      const key = /([A-Za-z0-9_]+)\s*:\s+\[?[^:]*$/.exec(head)?.[1];
      if (isValue && key) {
        const here = path.at(-1) === key || (path.at(-1) === "" && path.at(-2) === key) ? path : [...path, key];
        options = values(known, here.at(-1) === "" && here.at(-2) === key ? here.slice(0, -1) : here, names());
      } else {
        const whole = path.length && around.name !== "FlowMapping" && !keys(known, path).length ? path.slice(0, -1) : path;
        options = keys(known, whole);
      }
    }
    return options.length ? { from, options, validFor: /^[A-Za-z0-9_*#-]*$/ } : null;
  };
}
