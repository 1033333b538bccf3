import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { expect, type Page } from "@playwright/test";
import { type Daybook, root } from "./daybook";

/** paper is a page with lines of strokes on it, in gray: the same one for the same seed. */
export function paper(width: number, height: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i++) gray[i] = 228 + Math.floor(random() * 10);
  const line = Math.max(8, Math.floor(height / 36));
  const pen = Math.max(1, Math.floor(height / 700));
  const fill = (x0: number, y0: number, x1: number, y1: number) => {
    for (let y = y0; y < y1; y++) gray.fill(50, y * width + x0, y * width + Math.min(x1, width));
  };
  for (let y = 2 * line; y < height - 2 * line; y += line) {
    for (let x = Math.floor(width / 10); x < (width * 9) / 10; ) {
      const high = Math.floor(line / 3 + (random() * line) / 3);
      fill(x, y - high, x + pen, y);
      fill(x, y - pen, x + Math.floor(line / 3), y);
      x += Math.floor(line / 3 + (random() * line) / 2);
    }
  }
  return gray;
}

/** png is a gray picture as a file. */
export function png(width: number, height: number, gray: Uint8Array): Buffer {
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(gray.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const out = Buffer.alloc(8 + body.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), 4 + body.length);
  return out;
}

const crc = (data: Buffer): number => crc32(data);

/** tiff is a gray picture as a file, without compression. */
export function tiff(width: number, height: number, gray: Uint8Array): Buffer {
  const fields = [[256, width], [257, height], [258, 8], [259, 1], [262, 1], [273, 8], [277, 1], [278, height], [279, gray.length]] as const;
  const out = Buffer.alloc(8 + gray.length + 2 + fields.length * 12 + 4);
  out.write("II*\0", 0, "latin1");
  out.writeUInt32LE(8 + gray.length, 4);
  out.set(gray, 8);
  let at = out.writeUInt16LE(fields.length, 8 + gray.length);
  for (const [tag, value] of fields) {
    at = out.writeUInt16LE(tag, at);
    at = out.writeUInt16LE(4, at);
    at = out.writeUInt32LE(1, at);
    at = out.writeUInt32LE(value, at);
  }
  return out;
}

/** pdf is a document of gray pictures, each of which fills a page. */
export function pdf(width: number, height: number, pictures: Uint8Array[]): Buffer {
  const objects: Buffer[] = [];
  const object = (head: string, stream?: Buffer) => {
    objects.push(Buffer.concat([Buffer.from(head, "latin1"), stream ? Buffer.concat([Buffer.from("stream\n"), stream, Buffer.from("\nendstream")]) : Buffer.alloc(0)]));
    return objects.length;
  };
  object("<</Type/Catalog/Pages 2 0 R>>");
  object(""); // the pages, below
  const kids = pictures.map((gray) => {
    const data = deflateSync(gray);
    const image = object(`<</Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length ${data.length}>>`, data);
    const draw = Buffer.from("q 595 0 0 842 0 0 cm /I Do Q");
    const content = object(`<</Length ${draw.length}>>`, draw);
    return object(`<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${content} 0 R/Resources<</XObject<</I ${image} 0 R>>>>>>`);
  });
  objects[1] = Buffer.from(`<</Type/Pages/Count ${kids.length}/Kids[${kids.map((k) => `${k} 0 R`).join(" ")}]>>`);
  const parts: Buffer[] = [Buffer.from("%PDF-1.4\n")];
  const offsets: number[] = [];
  let length = 9;
  const add = (part: Buffer) => {
    parts.push(part);
    length += part.length;
  };
  objects.forEach((body, i) => {
    offsets.push(length);
    add(Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), body, Buffer.from("\nendobj\n")]));
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  parts.push(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${length}\n%%EOF\n`));
  return Buffer.concat(parts);
}

/** drawn is a picture that the browser itself encodes. */
export async function drawn(page: Page, type: "image/jpeg" | "image/webp", seed: number): Promise<Buffer> {
  const bytes = await page.evaluate(async ({ type, seed }) => {
    const canvas = new OffscreenCanvas(600, 800);
    const context = canvas.getContext("2d")!;
    context.fillStyle = "#f2ecdc";
    context.fillRect(0, 0, 600, 800);
    context.fillStyle = "#23306b";
    context.font = "italic 22px serif";
    for (let line = 0; line < 20; line++) context.fillText(`Line ${line + seed} of a page by hand`, 50, 80 + line * 34);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer())];
  }, { type, seed });
  return Buffer.from(bytes);
}

/** sample is one of the pictures that the program's own tests read. */
export const sample = (name: string) => readFileSync(join(root, "internal/pages/raster/testdata", name));

/** put writes files below a folder. */
export function put(folder: string, files: Record<string, string | Buffer>) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** readable waits until the notes of some days have a word. */
export async function readable(daybook: Daybook, word: string, ...days: string[]) {
  const texts = async () => {
    const read = days.map(async (day) => (await (await fetch(`${daybook.url}/days/${day}`)).json()) as { entries: { text: string }[] });
    return (await Promise.all(read)).filter(({ entries }) => entries.some((entry) => entry.text.includes(word))).length;
  };
  await expect.poll(texts, { timeout: 40_000 }).toBe(days.length);
  // What is written is to be in the index, too.
  await expect.poll(async () => ((await (await fetch(`${daybook.url}/ingest`)).json()) as { running: string[] }).running, { timeout: 40_000 }).toEqual([]);
}
