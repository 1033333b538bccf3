import { longDay, shortDay, today } from "../../lib/dates";
import type { DayBody } from "../../lib/entries";
import { dayPath, passagePath, setupPath, writePath } from "../../lib/links";
import type { Session } from "../../lib/session";
import { beginningOf } from "./beginning";
import { words } from "./words";

// Home as it is shown until the program renders it: the same elements, so that
// nothing moves then. It is a part of early.ts, where there is no React.

type Child = Node | string | false | null | undefined;

/** make returns an element; texts become text nodes, never HTML. */
function make(tag: string, attributes: Record<string, string>, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

const icon = () => document.createElementNS("http://www.w3.org/2000/svg", "svg");
const lock = (on: boolean) => on && make("span", { class: "lock" }, icon());

/**
 * homeBegins asks for what Home shows first. Its show puts that into the page,
 * and resolves when it is complete; without ask there is only what needs no
 * server. Where the welcome page may come instead, no notes are shown.
 */
export function homeBegins(base: string, ask: ((path: string) => Promise<Response>) | null, firstRun: boolean) {
  const day = today();
  const got = async <T>(path: string): Promise<T | null> => {
    try {
      const answer = await ask?.(path);
      // The answer itself is for the program.
      return answer?.ok ? ((await answer.clone().json()) as T) : null;
    } catch {
      return null; // the program tells what is wrong
    }
  };
  const session = got<Session>("/session");
  const entries = got<DayBody>(`/days/${day}`);

  async function show() {
    const root = document.querySelector(".boot-home");
    root?.querySelector(".greeting-day")?.replaceChildren(longDay(day));
    const [who, data] = await Promise.all([session, entries]);
    if (!root || !who?.authenticated || !data || (who.demo && who.setup && firstRun)) return;
    if (who.demo) root.querySelector(".greeting")?.append(make("p", { class: "hint" }, words.demo, " ", who.setup && make("a", { href: base + setupPath }, words.openOwn)));
    root.querySelector(".home")?.replaceChildren(todayCard(data), glimpsesCard(data));
  }

  function todayCard({ entries: [entry] }: DayBody) {
    const note = entry
      ? make("a", { href: base + dayPath(day), class: "home-note", dir: "auto" }, lock(entry.private), " ", beginningOf(entry.text))
      : make("p", { class: "hint" }, words.nothingToday);
    const write = make("a", { href: base + writePath(), class: "button" }, icon(), " ", entry ? words.goOn : words.write);
    return make("section", { class: "home-card home-today", "aria-label": words.today }, make("h2", {}, words.today), note, write);
  }

  function glimpsesCard({ on_this_day: glimpses }: DayBody) {
    const heading = make("h2", {}, words.onThisDay);
    if (glimpses.length === 0) return make("section", { class: "home-card", "aria-label": words.onThisDay }, heading, make("p", { class: "hint" }, words.nothingOnThisDay));
    const years = glimpses.slice(0, 3).map(({ date, id, excerpt, picture, private: kept }) =>
      make(
        "li",
        {},
        make(
          "a",
          { href: base + passagePath(date, id), class: "glimpse" },
          make("time", { datetime: date, "aria-label": shortDay(date) }, date.slice(0, 4)),
          make("span", { class: "glimpse-words", dir: "auto" }, lock(kept), " ", excerpt),
          picture && make("span", { class: "glimpse-picture" }),
        ),
      ),
    );
    return make("div", { class: "home-card" }, make("section", { class: "glimpses", "aria-label": words.onThisDay }, heading, make("ul", { role: "list" }, ...years)));
  }

  return { show };
}
