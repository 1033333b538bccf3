import { keep, kept } from "./storage";

/** firstRun reports whether this browser has not shown the welcome page yet. */
export const firstRun = () => kept("first-run") === null;

/** firstRunDone records that it has. */
export const firstRunDone = () => keep("first-run", "done");
