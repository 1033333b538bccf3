import { api, got } from "./api";

/** addPicture puts a photograph into the vault, and returns what embeds it in a note of that day. */
export async function addPicture(file: File, day: string): Promise<string> {
  const form = new FormData();
  form.append("date", day); // must precede its file
  form.append("file", file, file.name);
  const { names } = await got(api.POST("/attachments", { body: form as never, bodySerializer: (body) => body as unknown as FormData }));
  return names.map((name) => `![[${name}]]`).join("\n");
}
