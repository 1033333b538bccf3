import { ApiError, type Schemas } from "./api";
import { at } from "./base";
import { sessionEnded } from "./session";
import { words } from "./words";

export type Uploaded = Schemas["UploadedJSON"];

/** The size in bytes above which the server refuses a scan. */
export const largest = 50 * 2 ** 20;

/**
 * uploadPage sends one scan, for a day or for the one that its name or camera
 * says, and tells how much of it is sent, from 0 to 1. Failures are ApiErrors.
 */
export function uploadPage(file: File, day: string | null, onProgress: (part: number) => void): Promise<Uploaded> {
  const form = new FormData();
  if (day) form.append("date", day); // must precede its file
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch doesn't report upload progress
    request.open("POST", at("/pages"));
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new ApiError(0, words.upload.unreachable));
    request.onload = () => {
      const body = request.response as { scans?: Uploaded[]; detail?: string | { msg: string }[] } | null;
      const sent = body?.scans?.[0];
      if (request.status === 201 && sent) return resolve(sent);
      if (request.status === 401) sessionEnded();
      const detail = Array.isArray(body?.detail) ? body.detail.map((d) => d.msg).join(" ") : body?.detail;
      reject(new ApiError(request.status, detail || words.upload.status(request.status), body));
    };
    request.send(form);
  });
}
