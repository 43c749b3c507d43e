// 试拨: before the call begins the page asks to be told what will happen in it, and lists it line by line.
interface Told {
  t?: number;
  words?: string;
  call?: string;
}

const list = document.querySelector<HTMLOListElement>("#try-facts");
const state = document.querySelector<HTMLElement>("#try-state");
const phone = document.querySelector<HTMLElement & { prepare: () => Promise<void> }>("hotline-phone");
let source: EventSource | undefined;
let first = 0;

const say = (words: string): void => {
  if (state !== null) state.textContent = words;
};

const told = (event: Event): Told => JSON.parse((event as MessageEvent<string>).data) as Told;

function add({ t = 0, words = "" }: Told): void {
  if (list === null) return;
  first ||= t;
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = `${((t - first) / 1000).toFixed(1)} 秒`;
  item.append(time, ` ${words}`);
  list.append(item);
}

/** Done when the hotline will tell, or cannot: the call is made all the same. */
function follow(): Promise<void> {
  return new Promise((done) => {
    if (list === null) return done();
    source?.close();
    list.replaceChildren();
    first = 0;
    const here = new EventSource(list.dataset["facts"] ?? "");
    source = here;
    const end = (words: string): void => {
      say(words);
      here.close();
      done();
    };
    here.addEventListener("waiting", () => {
      say("等待来电");
      done();
    });
    here.addEventListener("fact", (event) => {
      say("通话中");
      add(told(event));
    });
    here.addEventListener("over", (event) => {
      add(told(event));
      end("通话结束");
    });
    here.addEventListener("trouble", (event) => end(told(event).words ?? ""));
    here.addEventListener("error", () => end("与控制台的连接断开了，看不到后面的经过"));
  });
}

if (phone !== null) phone.prepare = follow;
