import type { Schemas } from "../../lib/api";
import { stored } from "../../lib/base";

/** Photo is a page that this device keeps until the server has it. */
export interface Photo {
  /** Names the file on the server; the same key again is the same page. */
  key: string;
  notebook: string;
  /** Its notebook was private when it was photographed: whatever is chosen meanwhile, no model reads it. */
  private: boolean;
  /** Orders the pages of a notebook. */
  position: number;
  name: string;
  blob: Blob;
  /** Why the server does not take it; empty while it is to be sent. */
  refused: string;
}

/** Sound is a recording that this device keeps until the server has it and, where a model is to write its words, has these. */
export interface Sound {
  key: string;
  /** When it was begun: YYYY-MM-DDTHH:MM:SS, local time. */
  at: string;
  private: boolean;
  /** Empty once the server has it. */
  blob: Blob;
  /** What the server said when it had it. */
  recorded?: Schemas["RecordedJSON"];
  /** Why the server does not take it. */
  refused?: string;
  /** Why it was not transcribed. */
  failed?: string;
}

const tables = { photos: "pages", sounds: "recordings" };

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(stored("notebook"), 2);
    request.onupgradeneeded = () => {
      for (const name of Object.values(tables)) {
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { keyPath: "key" });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no storage"));
    request.onblocked = () => reject(new Error("storage is blocked"));
  });
}

async function run<T>(table: string, mode: IDBTransactionMode, use: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> {
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

function rows<T>(table: string) {
  return {
    all: () => run<T[]>(table, "readonly", (rows) => rows.getAll() as IDBRequest<T[]>),
    put: (row: T) => run(table, "readwrite", (rows) => rows.put(row)),
    remove: (key: string) => run(table, "readwrite", (rows) => rows.delete(key)),
  };
}

/** What this device keeps. Each call rejects where the browser has no storage, or no room. */
export const photos = rows<Photo>(tables.photos);
export const sounds = rows<Sound>(tables.sounds);
