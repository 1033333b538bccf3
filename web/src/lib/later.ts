import { createElement, lazy, useEffect, useState, type ComponentType, type FunctionComponent } from "react";
import { untilBack } from "./back";

export interface Later<P> extends FunctionComponent<P> {
  /** Preloads the component, so that it then renders immediately. */
  load: () => Promise<unknown>;
  /** It is loaded. */
  there: () => boolean;
}

/**
 * later is a component that is fetched when it is shown first, or before. It is
 * React's lazy but for one thing: that one suspends also when everything is
 * there, and React shows what was suspended a third of a second late.
 */
export function later<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): Later<P> {
  let there: ComponentType<P> | null = null;
  const fetched = async () => {
    const module = await load();
    there = module.default;
    return module;
  };
  const Lazy = lazy(fetched) as unknown as ComponentType<P>;
  const Shown: FunctionComponent<P> = (props) => {
    const [Component] = useState<ComponentType<P>>(() => there ?? Lazy);
    return createElement(Component, props);
  };
  return Object.assign(Shown, { load: fetched, there: () => there !== null });
}

/** useLoaded loads a component, again and again while the server cannot be reached, and reports whether it is there. */
export function useLoaded<P>(component: Later<P>, wanted: boolean): boolean {
  const [loaded, setLoaded] = useState(component.there);
  useEffect(() => {
    if (loaded || !wanted) return;
    let over = false;
    void (async () => {
      for (let tries = 0; !over; tries++) {
        try {
          await component.load();
          if (!over) setLoaded(true);
          return;
        } catch {
          await untilBack(tries);
        }
      }
    })();
    return () => {
      over = true;
    };
  }, [component, loaded, wanted]);
  return loaded;
}
