import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { logout, useSession } from "../../lib/session";
import { setTheme, useTheme } from "../../lib/theme";
import { Button } from "../../ui/Button";
import { Segmented } from "../../ui/Segmented";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "./Card";
import { words } from "./words";

/** BrowserCard has what holds in this browser: how the page looks, and the token. */
export function BrowserCard() {
  const theme = useTheme();
  const { data: session } = useSession();
  const [busy, setBusy] = useState(false);

  async function leave() {
    setBusy(true);
    try {
      await logout();
    } catch (error) {
      toast(words.browser.signOutFailed, { detail: messageOf(error), urgent: true });
      setBusy(false);
    }
  }

  return (
    <Card title={words.browser.browser}>
      <Segmented
        label={words.browser.theme}
        showLabel
        value={theme}
        onChange={setTheme}
        options={[
          { value: "system", label: <><Monitor aria-hidden /> {words.browser.system}</> },
          { value: "light", label: <><Sun aria-hidden /> {words.browser.light}</> },
          { value: "dark", label: <><Moon aria-hidden /> {words.browser.dark}</> },
        ]}
      />
      <div>
        <h3 className="label">{words.browser.access}</h3>
        {session?.token_required ? (
          <div className="stack token">
            <p className="hint">{words.browser.signedIn}</p>
            <div>
              <Button busy={busy} onClick={() => void leave()}>
                <LogOut aria-hidden /> {words.browser.signOut}
              </Button>
            </div>
          </div>
        ) : (
          <p className="hint">{words.browser.noToken}</p>
        )}
      </div>
    </Card>
  );
}
