// One CodeMirror for all files, in a shadow root: there its styles are constructed sheets, which the page's policy
// (`default-src 'self'`, no inline style) allows, and no <style> element.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, defaultHighlightStyle, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, type Text } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { completing, type Names, type Schema } from "./completion.ts";

export interface Finding {
  file: string;
  line: number;
  column: number;
  severity: "error" | "warning";
  code: string;
  text: string;
  clause: string;
}

const WORDS = {
  "Find": "查找", "Replace": "替换", "next": "下一个", "previous": "上一个", "all": "全部", "match case": "区分大小写",
  "by word": "整词", "regexp": "正则", "replace": "替换", "replace all": "全部替换", "close": "关闭",
  "Go to line": "转到行", "go": "转到", "Diagnostics": "检查结果", "No diagnostics": "没有问题",
  "current match": "当前", "on line": "在第几行", "replaced match on line $": "替换了第 $ 行", "replaced $ matches": "替换了 $ 处",
  "Fold line": "折叠", "Unfold line": "展开", "folded code": "折叠的内容", "unfold": "展开", "Completions": "可以写的", "Control character": "控制字符",
  "Selection deleted": "已删除所选",
};

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", backgroundColor: "var(--sheet)", color: "var(--ink)" },
  "&.cm-focused": { outline: "3px solid #1f6fc4", outlineOffset: "-3px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace', lineHeight: "1.5" },
  ".cm-gutters": { backgroundColor: "var(--idle-soft)", color: "var(--idle)", border: "0" },
});

/** Where in the document a finding stands; the nearest place where the text has moved on. */
export function place(doc: Text, finding: { line: number; column: number }): { from: number; to: number } {
  const line = doc.line(Math.min(Math.max(finding.line, 1), doc.lines));
  // Columns count characters, CodeMirror counts UTF-16 units.
  let from = line.from;
  for (const letter of [...line.text].slice(0, Math.max(finding.column - 1, 0))) from += letter.length;
  from = Math.min(from, line.to);
  const word = /^[^\s,{}[\]]+/.exec(line.text.slice(from - line.from))?.[0] ?? "";
  return { from, to: Math.min(from + Math.max(word.length, 1), Math.max(line.to, from)) };
}

export function diagnostics(doc: Text, findings: readonly Finding[]): Diagnostic[] {
  return findings
    .map((one): Diagnostic => ({
      ...place(doc, one),
      severity: one.severity,
      source: one.code,
      message: one.clause ? `${one.text}（${one.clause}）` : one.text,
    }))
    .sort((one, other) => one.from - other.from);
}

export class TextPane {
  readonly view: EditorView;
  readonly #states = new Map<string, EditorState>();
  #file: string;

  constructor(
    host: HTMLElement,
    files: ReadonlyMap<string, string>,
    first: string,
    readonly changed: (file: string) => void,
    schema: (file: string) => Schema | undefined,
    names: () => Names,
  ) {
    for (const [file, text] of files) {
      this.#states.set(file, EditorState.create({ doc: text, extensions: this.#extensions(file, schema, names) }));
    }
    this.#file = first;
    const root = host.attachShadow({ mode: "open" });
    const state = this.#states.get(first);
    if (!state) throw new Error(first);
    this.view = new EditorView({ state, parent: root, root });
    this.view.dom.style.height = "100%";
  }

  #extensions(file: string, schema: (file: string) => Schema | undefined, names: () => Names): Extension {
    return [
      lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), bracketMatching(), highlightActiveLine(), highlightSelectionMatches(),
      syntaxHighlighting(defaultHighlightStyle), search({ top: true }), yaml(), look, EditorState.phrases.of(WORDS), EditorState.tabSize.of(2),
      autocompletion({ override: [completing(() => schema(file), names)] }),
      // Tab leaves the editor, so that the keyboard is never caught in it.
      keymap.of([...completionKeymap, ...searchKeymap, ...lintKeymap, ...historyKeymap, ...foldKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of({ "aria-label": `${file} 的文字`, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) this.changed(file);
      }),
    ];
  }

  get file(): string {
    return this.#file;
  }

  show(file: string): void {
    if (file === this.#file) return;
    const state = this.#states.get(file);
    if (!state) return;
    this.#states.set(this.#file, this.view.state);
    this.#file = file;
    this.view.setState(state);
  }

  text(file: string): string {
    const state = file === this.#file ? this.view.state : this.#states.get(file);
    return state ? state.doc.toString() : "";
  }

  length(file: string): number {
    return (file === this.#file ? this.view.state : this.#states.get(file))?.doc.length ?? 0;
  }

  replace(file: string, text: string): void {
    const state = file === this.#file ? this.view.state : this.#states.get(file);
    if (!state || state.doc.toString() === text) return;
    const changes = differing(state.doc.toString(), text);
    if (file === this.#file) {
      this.view.dispatch({ changes });
    } else {
      this.#states.set(file, state.update({ changes }).state);
      this.changed(file);
    }
  }

  mark(findings: readonly Finding[]): void {
    for (const [file, state] of this.#states) {
      const own = findings.filter((one) => one.file === file);
      if (file === this.#file) this.view.dispatch(setDiagnostics(this.view.state, diagnostics(this.view.state.doc, own)));
      else this.#states.set(file, state.update(setDiagnostics(state, diagnostics(state.doc, own))).state);
    }
  }

  go(file: string, finding: { line: number; column: number }): void {
    this.show(file);
    const { from } = place(this.view.state.doc, finding);
    this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }
}

/** One change from one text to the other: what is the same at both ends stays, with marks and undo. */
export function differing(before: string, after: string): { from: number; to: number; insert: string } {
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}
