import { fetchApi, type Schemas } from "./api";
import { at } from "./base";

/** What can be added to a note. */
export const noteFiles = "image/*,video/*,audio/*,application/pdf,.heic,.heif";

/** nameFor is the name of a file as it is kept: pasted pictures are all called image.png. */
export function nameFor(file: File, now = new Date()): string {
  if (!/^(image|blob)?(\.\w+)?$/i.test(file.name)) return file.name;
  const stamp = [now.getFullYear(), now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes(), now.getSeconds()].map((n) => String(n).padStart(2, "0")).join("");
  const kind = /\.\w+$/.exec(file.name)?.[0] ?? `.${(file.type.split("/")[1] ?? "png").replace("jpeg", "jpg")}`;
  return `Pasted image ${stamp}${kind}`;
}

/** addFiles keeps files for the note of a day, and returns what embeds each. */
export async function addFiles(day: string, files: readonly File[]): Promise<string[]> {
  const form = new FormData();
  form.append("date", day); // must precede the files
  for (const file of files) form.append("file", file, nameFor(file));
  const response = await fetchApi("/files", { method: "POST", body: form });
  return ((await response.json()) as Schemas["FilesJSON"]).files.map((file) => file.embed);
}

/** fileUrl is the address of a file that a note names, or of a picture of it with at most `longest` pixels a side. */
export function fileUrl(id: string, name: string, longest = 0) {
  const query = new URLSearchParams({ name });
  if (longest > 0) query.set("longest", String(longest));
  return at(`/entries/${encodeURIComponent(id)}/file?${query.toString()}`);
}
