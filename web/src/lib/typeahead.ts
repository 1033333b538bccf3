/**
 * typeAhead collects what is typed while a field is still loading. The function
 * that it returns ends this and returns the text, "" when called again.
 */
export function typeAhead(atMost = 5000): () => string {
  let typed = "";
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Backspace") typed = typed.slice(0, -1);
    else if (event.key.length === 1) typed += event.key;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const stop = () => document.removeEventListener("keydown", onKey, true);
  document.addEventListener("keydown", onKey, true);
  setTimeout(stop, atMost);
  return () => {
    stop();
    const text = typed;
    typed = "";
    return text;
  };
}
