// On every page: fragments (htmx), the keyboard, what is typed, and when the session ends.
import htmx from "htmx.org";
import { listen } from "../keys/shortcuts.ts";
import { watchSession } from "../session/ending.ts";
import { forgetArrived } from "../editor/kept.ts";
import { arrived, keepTyped } from "../typed/typed.ts";

// Back and forward load the page again: a page that is kept would show figures of then as if they were of now.
htmx.config.history = "reload";
htmx.config.defaultTimeout = 15_000;

listen(document);
keepTyped(document, localStorage);
void forgetArrived(arrived(document));
watchSession(document);
