import { lazy } from "react";
import { later } from "../../lib/later";

// What renders answers is large: it is loaded when there is one, or as soon as a question is typed.
export const Conversation = later(() => import("./Conversation"));
export const Passage = later(() => import("./Passage"));
export const ThreadTools = later(() => import("./ThreadTools"));
export const RecentSheet = lazy(() => import("./RecentSheet"));
