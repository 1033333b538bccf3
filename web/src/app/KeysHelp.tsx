import { useKeyGroups } from "../lib/keys";
import { Dialog } from "../ui/Dialog";
import { words } from "./words";

const names: Record<string, string> = { Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space" };
const mac = /Mac|iPhone|iPad/.test(navigator.platform);

function show(key: string): string[] {
  return key.split("+").filter(Boolean).map((part) => (part === "Mod" ? (mac ? "⌘" : "Ctrl") : (names[part] ?? part)));
}

/** KeysHelp lists what the keyboard does here. */
export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const groups = useKeyGroups();
  return (
    <Dialog open onClose={onClose} title={words.keysHelp.keys}>
      {groups.filter((group) => group.keys.length > 0).map((group, i) => (
        <section key={i} className="keys">
          <h3>{group.name}</h3>
          <dl>
            {group.keys.map((key) => (
              <div key={key.keys}>
                <dt>{key.label}</dt>
                <dd>
                  {key.keys.split(" ").map((part, n) => (
                    <span key={n}>
                      {show(part || " ").map((k) => (
                        <kbd key={k}>{k}</kbd>
                      ))}
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
