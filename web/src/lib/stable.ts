import { useCallback, useLayoutEffect, useRef } from "react";

/** useStable returns a function that stays the same and calls the latest `run`. For event handlers only, not while rendering. */
export function useStable<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
