import { stored } from "../../lib/base";

/** Photo is a page that this device keeps until the server has it. */
export interface Photo {
  /** Names the file on the server; the same key again is the same page. */
  key: string;
  notebook: string;
  /** Orders the pages of a notebook. */
  position: number;
  name: string;
  blob: Blob;
  /** Why the server does not take it; empty while it is to be sent. */
  refused: string;
}

const table = "pages";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(stored("notebook"), 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no storage"));
    request.onblocked = () => reject(new Error("storage is blocked"));
  });
}

async function run<T>(mode: IDBTransactionMode, use: (pages: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      // What is told to be kept is on the disk, not only on its way there.
      const transaction = db.transaction(table, mode, { durability: "strict" });
      const request = use(transaction.objectStore(table));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
      transaction.onerror = () => reject(transaction.error ?? new Error("not kept"));
    });
  } finally {
    db.close();
  }
}

/** The pages that this device keeps. Each call rejects where the browser has no storage, or no room. */
export const photos = {
  all: () => run<Photo[]>("readonly", (pages) => pages.getAll() as IDBRequest<Photo[]>),
  put: (photo: Photo) => run("readwrite", (pages) => pages.put(photo)),
  remove: (key: string) => run("readwrite", (pages) => pages.delete(key)),
};
