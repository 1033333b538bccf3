/** TypeAhead holds what is typed while a field is still loading. */
export interface TypeAhead {
  /** Ends the waiting and returns the text. */
  take: () => string;
  /** Ends the waiting and types the text into the field that had the focus. */
  giveBack: () => void;
}

const atMost = 5000; // milliseconds

/** typeAhead collects what is typed from now on. It calls onGiveUp after five seconds, or on Escape. */
export function typeAhead(onGiveUp: () => void): TypeAhead {
  const field = document.activeElement;
  let typed = "";
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Backspace") typed = typed.slice(0, -1);
    else if (event.key.length === 1) typed += event.key;
    else if (event.key !== "Enter" && event.key !== "Escape") return; // Enter would send what was typed before
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") onGiveUp();
  };
  const timer = setTimeout(onGiveUp, atMost);
  document.addEventListener("keydown", onKey, true);
  const take = () => {
    clearTimeout(timer);
    document.removeEventListener("keydown", onKey, true);
    const text = typed;
    typed = "";
    return text;
  };
  return { take, giveBack: () => typeInto(field, take()) };
}

/** typeInto types a text into a field, at its caret, as a person does: it can be undone. */
function typeInto(field: Element | null, text: string) {
  if (text === "" || !(field instanceof HTMLElement) || !field.isConnected || field === document.body) return;
  field.focus({ preventScroll: true });
  document.execCommand("insertText", false, text);
}
