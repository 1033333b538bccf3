import { keep, kept } from "./storage";

/** firstRun reports whether nobody has chosen yet, in this browser, what to read. */
export const firstRun = () => kept("first-run") === null;

/** firstRunDone remembers that somebody has. */
export const firstRunDone = () => keep("first-run", "done");
