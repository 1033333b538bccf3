import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { logout, useSession } from "../../lib/session";
import { setTheme, useTheme } from "../../lib/theme";
import { Button } from "../../ui/Button";
import { Segmented } from "../../ui/Segmented";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "./Card";

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
      toast("Logging out failed", { detail: messageOf(error), urgent: true });
      setBusy(false);
    }
  }

  return (
    <Card title="This browser">
      <Segmented
        label="Theme"
        showLabel
        value={theme}
        onChange={setTheme}
        options={[
          { value: "system", label: <><Monitor aria-hidden /> System</> },
          { value: "light", label: <><Sun aria-hidden /> Light</> },
          { value: "dark", label: <><Moon aria-hidden /> Dark</> },
        ]}
      />
      <div>
        <h3 className="label">Access</h3>
        {session?.token_required ? (
          <div className="stack token">
            <p className="hint">You’re signed in on this browser.</p>
            <div>
              <Button busy={busy} onClick={() => void leave()}>
                <LogOut aria-hidden /> Log out
              </Button>
            </div>
          </div>
        ) : (
          <p className="hint">Not required: only this computer can connect.</p>
        )}
      </div>
    </Card>
  );
}
