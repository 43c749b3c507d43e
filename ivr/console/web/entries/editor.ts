// <menu-editor>, on the page that edits menus alone: CodeMirror is large.
import { MenuEditor } from "../editor/menu-editor.ts";

customElements.define("menu-editor", MenuEditor);
