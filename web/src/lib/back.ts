const longestWait = 3000; // milliseconds between attempts

/** untilBack waits a little longer after each attempt, and no longer once the browser is online again. */
export function untilBack(tries: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(500 * 2 ** tries, longestWait));
    addEventListener("online", done);
  });
}
