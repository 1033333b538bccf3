import { useRef, useState } from "react";
import { later } from "../lib/later";
import { useStable } from "../lib/stable";
import { typeAhead, type TypeAhead } from "../lib/typeahead";

export const Palette = later(() => import("./Palette"));

/**
 * usePalette opens and closes the palette. What is typed until its field is there is in the field; if it does not come,
 * the words go to where they would have been typed.
 */
export function usePalette() {
  const [open, setOpen] = useState(false);
  const waiting = useRef<TypeAhead | null>(null);
  const close = useStable(() => {
    waiting.current?.giveBack();
    waiting.current = null;
    setOpen(false);
  });
  const show = useStable(() => {
    if (open || waiting.current) return;
    const ahead = typeAhead(close);
    waiting.current = ahead;
    // An attempt that was given up is over, whatever becomes of it.
    const then = (next: () => void) => () => waiting.current === ahead && next();
    if (Palette.there()) setOpen(true);
    else Palette.load().then(then(() => setOpen(true)), then(close));
  });
  const typedAhead = useStable(() => {
    const text = waiting.current?.take() ?? "";
    waiting.current = null;
    return text;
  });
  const toggle = useStable(() => (open || waiting.current ? close() : show()));
  return { open, show, close, toggle, typedAhead };
}
