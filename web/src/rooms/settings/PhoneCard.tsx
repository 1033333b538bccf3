import { Copy, QrCode, Smartphone } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { encode } from "uqr";
import { api, got, type Schemas } from "../../lib/api";
import { at } from "../../lib/base";
import { timeOf } from "../../lib/dates";
import { useSession } from "../../lib/session";
import { keep, kept } from "../../lib/storage";
import { Button } from "../../ui/Button";
import { ErrorNote, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";
import { commands, words } from "./words";

const text = words.phone;

/** PhoneCard signs a phone in by a code that it scans, and says how it reaches this computer. */
export function PhoneCard() {
  const { data: session } = useSession();
  return (
    <Card title={text.title} wide>
      {session?.token_required === false ? (
        <p className="hint">{text.noToken}</p>
      ) : (
        <>
          <p>{text.about}</p>
          <SignIn />
        </>
      )}
      <details className="phone-how" open={session?.token_required === false || near(location.hostname) || undefined}>
        <summary>{text.how}</summary>
        <p>{text.tailscale}</p>
        <pre tabIndex={0}>{commands.tailscale}</pre>
        <p>{text.home}</p>
        <pre tabIndex={0}>{commands.home}</pre>
        <p className="hint">
          {text.more} {text.install}
        </p>
      </details>
    </Card>
  );
}

function SignIn() {
  const [made, setMade] = useState<Schemas["CodeJSON"] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const over = useOver(made?.expires_at);
  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      setMade(await got(api.POST("/login/code")));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="stack phone">
      {error !== null && <ErrorNote error={error} />}
      {made && !over && <Code made={made} />}
      {over && <p role="status">{text.over}</p>}
      <div>
        <Button look={made && !over ? "plain" : "primary"} busy={busy} onClick={() => void make()}>
          <QrCode aria-hidden /> {made ? text.another : text.show}
        </Button>
      </div>
    </div>
  );
}

/** useOver reports whether a time is past. */
function useOver(time: string | undefined): boolean {
  const [past, setPast] = useState(false);
  useEffect(() => {
    setPast(false);
    if (!time) return;
    const timer = setTimeout(() => setPast(true), Math.max(0, Date.parse(time) - Date.now()));
    return () => clearTimeout(timer);
  }, [time]);
  return past;
}

function Code({ made }: { made: Schemas["CodeJSON"] }) {
  const [address, setAddress] = useState(() => addressOf(made.hosts));
  const origin = originOf(address);
  const link = origin && `${origin}${at("/")}#code=${made.code}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      toast(text.copied);
    } catch {
      toast(link, { timeout: 30_000 });
    }
  };
  return (
    <>
      <div>
        <label className="label" htmlFor="phone-address">
          {text.address}
        </label>
        <input
          id="phone-address"
          className="field"
          type="url"
          list="phone-addresses"
          value={address}
          placeholder="https://laptop.tail1234.ts.net"
          autoComplete="off"
          aria-invalid={!origin}
          aria-describedby="phone-address-hint"
          onChange={(event) => {
            setAddress(event.target.value);
            keep("phone-address", event.target.value);
          }}
        />
        <datalist id="phone-addresses">
          {(made.hosts ?? []).map((host) => (
            <option key={host} value={`https://${host}`} />
          ))}
        </datalist>
        <p id="phone-address-hint" className="hint">
          {!origin && text.invalid}
        </p>
      </div>
      {origin.startsWith("http:") && <Note tone="warn">{text.plain}</Note>}
      {link && (
        <figure className="phone-code">
          <Qr of={link} />
          <figcaption>
            <p>
              <Smartphone aria-hidden /> {text.until(timeOf(made.expires_at))}
            </p>
            <Button small look="quiet" onClick={() => void copy()}>
              <Copy aria-hidden /> {text.copy}
            </Button>
          </figcaption>
        </figure>
      )}
    </>
  );
}

/** Qr draws a QR code, dark on light in any theme as cameras want it. */
function Qr({ of }: { of: string }) {
  const { size, path } = useMemo(() => {
    const { size, data } = encode(of, { border: 3, ecc: "M" });
    return { size, path: data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("") };
  }, [of]);
  return (
    <svg className="qr" role="img" aria-label={text.code} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** near reports whether a host name is only this computer's. */
const near = (host: string) => host === "localhost" || host === "[::1]" || host.startsWith("127.");

/** addressOf is what a phone most likely reaches: what was typed before, this page's own address, or a name the server has. */
function addressOf(hosts: readonly string[] | null): string {
  const before = kept("phone-address");
  if (before && originOf(before)) return before;
  if (!near(location.hostname)) return location.origin;
  return hosts?.[0] ? `https://${hosts[0]}` : "";
}

/** originOf is the origin of a typed address that another device could reach; "" for others. */
function originOf(address: string): string {
  try {
    const { protocol, origin, hostname } = new URL(address.trim());
    return (protocol === "https:" || protocol === "http:") && !near(hostname) ? origin : "";
  } catch {
    return "";
  }
}
