// What was typed before and not proposed is offered, by a notice, wherever menus are edited.
import { beganWith, forget, type Kept } from "./kept.ts";

function button(words: string, press: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", press);
  return made;
}

/** A form of its own with everything that the server needs to go on with a kept edit. */
function send(one: Kept, digest: string, action: string): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.enctype = "multipart/form-data";
  const csrf = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";
  const texts = Object.entries(one.texts).map(([file, text]) => [`text:${file}`, text]);
  for (const [name = "", text = ""] of [["csrf", csrf], ["base", one.base], ["source", one.source], ["digest", digest], ["slot", one.digest], ...texts]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = text;
    field.hidden = true;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

/** `here`: it began with what is edited now, so that `restore` puts it back; else it is merged with that, and `over`,
 * where there is one, puts it over that as it is. */
export function offered(one: Kept, here: boolean, restore: () => void, over?: () => void): HTMLElement {
  const notice = document.createElement("div");
  notice.className = "notice warn kept-edit";
  notice.setAttribute("role", "status");
  const at = new Date(one.at).toLocaleString("zh-CN", { hour12: false });
  const said = document.createElement("p");
  said.textContent = `${at} 有没提交的文字（${Object.keys(one.texts).join("、")}）${here ? "。" : "，是在别的版本上改的：合并到现在的版本，或按那时的版本打开。"}`;
  const digest = beganWith(one);
  const ways = here
    ? [
        button("恢复", () => {
          restore();
          notice.remove();
        }),
      ]
    : [button("合并到现在的版本", () => send(one, digest, "/menus/merge")), button("按那时的版本打开", () => send(one, digest, "/menus/edit"))];
  if (!here && over) ways.push(button("整份放进来，自己对照", over));
  const drop = button("丢弃", () => void forget(one.person, one.digest).then(() => notice.remove()));
  const actions = document.createElement("p");
  actions.className = "actions";
  actions.append(...ways.flatMap((way) => [way, " "]), drop);
  notice.append(said, actions);
  return notice;
}
