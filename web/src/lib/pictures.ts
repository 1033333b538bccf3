import { whenSessionEnds } from "./session";

// The pictures of pages: in which size they are asked for, and which are loaded
// before they are shown. They are large, and the server makes each for its size.

const sizes = [800, 1200, 1600, 3200]; // pixels of the longest side; few, so that caches hold the one that is asked for
const tall = 1.42; // of a page's width: A4
const most = 8; // pictures that are kept
const mostLarge = 3; // of more than 1600 pixels: decoded, each is some 30 MB

let width = 0; // of the pages beside their words, as they were shown last, in CSS pixels

const supposed = () => width || innerWidth * (innerWidth < 1024 ? 0.92 : 0.38);

/** pagesAreWide says how wide the pages are beside their words: those that are loaded ahead will be, too. */
export function pagesAreWide(pixels: number) {
  width = pixels;
}

/** pictureSize returns the longest side, in pixels, that fills a view of that width when zoomed so far. */
export function pictureSize(view = supposed(), zoom = 1): number {
  // More than twice the pixels is more than anybody sees.
  const need = view * zoom * tall * Math.min(devicePixelRatio || 1, 2);
  return sizes.find((size) => size >= need * 0.95) ?? 3200;
}

/** pictureUrl is the address of a page's picture in a size; image is its path, as the API returns it. */
export const pictureUrl = (image: string, longest: number) => `${image}${image.includes("?") ? "&" : "?"}longest=${longest}`;

const loaded = new Map<string, HTMLImageElement>();
let waiting: string[] = [];
let loading = 0; // pictures that somebody waits for
let busy = false;

/** pictureWanted says that somebody waits for a picture, until the returned function is called: no other is loaded meanwhile. */
export function pictureWanted(): () => void {
  let over = false;
  loading++;
  return () => {
    if (over) return;
    over = true;
    loading--;
    next();
  };
}

/** preloadPictures loads pictures that may be shown soon, one after another, in place of those of the last call that had any. */
export function preloadPictures(images: readonly string[]) {
  if (images.length === 0 || (navigator as { connection?: { saveData?: boolean } }).connection?.saveData) return;
  waiting = images.map((image) => pictureUrl(image, pictureSize())).filter((url) => !loaded.has(url));
  next();
}

function next() {
  if (busy || loading > 0) return;
  const url = waiting.shift();
  if (url === undefined) return;
  busy = true;
  const picture = new Image();
  picture.fetchPriority = "low";
  picture.src = url;
  loaded.set(url, picture);
  for (const old of [...loaded.keys()].slice(0, pictureSize() > 1600 ? -mostLarge : -most)) loaded.delete(old);
  void picture
    .decode()
    .catch(() => loaded.delete(url))
    .finally(() => {
      busy = false;
      next();
    });
}

whenSessionEnds(() => {
  waiting = [];
  loaded.clear();
});
