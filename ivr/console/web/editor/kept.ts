// What somebody typed and has not proposed stays in his browser, by person and by what the edit began with: a session
// that ends, a tab that is closed or a console that is away loses nothing.

export interface Kept {
  person: string;
  /** What the edit began with; of several edits of one beginning the later ones have `#` and a name of their own. */
  digest: string;
  base: string;
  source: string;
  texts: Record<string, string>;
  at: number;
}

const NAME = "hotline-menus";
const STORE = "texts";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: ["person", "digest"] });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("indexedDB"));
  });
}

async function within<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = ask(transaction.objectStore(STORE));
      // Only once the transaction is complete is it kept.
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("indexedDB"));
    });
  } finally {
    database.close();
  }
}

export async function keep(kept: Kept): Promise<void> {
  await within("readwrite", (store) => store.put(kept));
}

export async function forget(person: string, digest: string): Promise<void> {
  await within("readwrite", (store) => store.delete([person, digest]));
}

/** Everything that this person has not proposed, the newest first; nobody else's. */
export async function keptOf(person: string): Promise<Kept[]> {
  const all = (await within("readonly", (store) => store.getAll())) as Kept[];
  return all.filter((one) => one.person === person).sort((one, other) => other.at - one.at);
}

export const beganWith = (kept: Kept): string => kept.digest.split("#")[0] ?? "";

/** Whether two say the same. */
export function sameTexts(one: Record<string, string>, other: Record<string, string>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

// A form of the server carries what was kept away: once the console says that the form has arrived (`forms-taken`), it
// goes. Which form carries which edit has to be known in the next page too.
const SENT = "hotline.menus.sent.";

export function carriedBy(form: string, person: string, digest: string): void {
  localStorage.setItem(SENT + form, JSON.stringify([person, digest]));
}

export async function forgetArrived(forms: readonly string[]): Promise<void> {
  for (const form of forms) {
    const found = localStorage.getItem(SENT + form);
    if (found === null) continue;
    localStorage.removeItem(SENT + form);
    const [person, digest] = JSON.parse(found) as [string, string];
    await forget(person, digest);
  }
}
