import { useMemo, useState } from "react";
import { bothOf, compare, joinParts, mergeParts, type Clash, type Piece } from "../lib/merge";
import { Button } from "./Button";
import { words } from "./words";
import "./conflict.css";

interface Props {
  /** The common ancestor of both. */
  base: string;
  /** The text typed here. */
  mine: string;
  /** The file's current text; null if it was deleted. */
  theirs: string | null;
  /** Continues with the merged text; `both` is the number of places that have both versions. */
  onMerge: (text: string, both: number) => void;
  /** Overwrites the file with the text typed here. */
  onMine: () => void;
  /** Continues with the file's text. */
  onTheirs: () => void;
  busy?: boolean;
}

type Way = "mine" | "theirs" | "both";

/** Conflict asks about what two versions of a note changed differently. Nothing is written until the user chooses. */
export default function Conflict({ base, mine, theirs, onMerge, onMine, onTheirs, busy }: Props) {
  const parts = useMemo(() => (theirs === null ? [] : mergeParts(base, mine, theirs)), [base, mine, theirs]);
  const clashes = parts.filter((part) => typeof part !== "string");
  const [ways, setWays] = useState<Record<number, Way>>({});
  const wayOf = (n: number) => ways[n] ?? "both";
  const text = joinParts(parts, (clash, n) => textOf(clash, wayOf(n)));
  // Where one was only an older version of the other, there is nothing to put together.
  const plain = joinParts(parts);
  const together = theirs !== null && plain !== mine && plain !== theirs;
  const both = clashes.filter((_, n) => wayOf(n) === "both").length;
  return (
    <section className="conflict" aria-labelledby="conflict-title">
      <div role="alert">
        <h2 id="conflict-title">{theirs === null ? words.conflict.gone : words.conflict.title}</h2>
        <p>{theirs === null ? words.conflict.goneDetail : together && clashes.length > 0 ? words.conflict.asked(clashes.length) : words.conflict.detail}</p>
      </div>
      {together && clashes.map((clash, n) => <Place key={n} n={n} of={clashes.length} clash={clash} way={wayOf(n)} onChange={(way) => setWays({ ...ways, [n]: way })} />)}
      <Sides base={base} mine={mine} theirs={theirs} folded={together && clashes.length > 0} />
      <div className="row conflict-ways">
        {together && (
          <Button look="primary" busy={busy} onClick={() => onMerge(text, both)}>
            {both === clashes.length ? words.conflict.keepBoth : words.conflict.keepChosen}
          </Button>
        )}
        <Button busy={busy} look={theirs === null ? "primary" : "plain"} onClick={onMine}>
          {theirs === null ? words.conflict.again : words.conflict.keepMine}
        </Button>
        <Button busy={busy} onClick={onTheirs}>
          {theirs === null ? words.conflict.leave : words.conflict.keepTheirs}
        </Button>
      </div>
      {theirs !== null && <p className="hint">{words.conflict.kept}</p>}
    </section>
  );
}

const textOf = (clash: Clash, way: Way) => (way === "both" ? bothOf(clash) : clash[way]);

/** Place asks what a place in the note should say. */
function Place({ n, of, clash, way, onChange }: { n: number; of: number; clash: Clash; way: Way; onChange: (way: Way) => void }) {
  const said = (text: string) => text.trim() || <em>{words.conflict.nothing}</em>;
  return (
    <fieldset className="conflict-place">
      <legend>{of > 1 ? words.conflict.place(n + 1, of) : words.conflict.onePlace}</legend>
      <p className="conflict-before">
        <span className="hint">{words.conflict.before}</span> <span dir="auto">{said(clash.base)}</span>
      </p>
      {(["mine", "theirs", "both"] as const).map((choice) => (
        <label key={choice} data-on={way === choice || undefined}>
          <input type="radio" name={`place-${n}`} checked={way === choice} onChange={() => onChange(choice)} />
          <span className="hint">{words.conflict.ways[choice]}</span> <span dir="auto">{said(textOf(clash, choice))}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Sides are the whole texts: what was there before, and what each made of it. */
function Sides({ base, mine, theirs, folded }: { base: string; mine: string; theirs: string | null; folded: boolean }) {
  const ours = useMemo(() => compare(base, mine).b, [base, mine]);
  const other = useMemo(() => (theirs === null ? [] : compare(base, theirs).b), [base, theirs]);
  const sides = (
    <div className="conflict-sides" data-one={theirs === null || undefined}>
      {theirs !== null && <Side name={words.conflict.before} hint={words.conflict.beforeHint} pieces={[{ text: base, own: false }]} tone="before" />}
      <Side name={words.conflict.mine} hint={words.conflict.mineHint} pieces={theirs === null ? [{ text: mine, own: false }] : ours} tone="mine" />
      {theirs !== null && <Side name={words.conflict.theirs} hint={words.conflict.theirsHint} pieces={other} tone="theirs" />}
    </div>
  );
  if (!folded) return sides;
  return (
    <details className="conflict-whole">
      <summary>{words.conflict.whole}</summary>
      {sides}
    </details>
  );
}

function Side({ name, hint, pieces, tone }: { name: string; hint: string; pieces: Piece[]; tone: "before" | "mine" | "theirs" }) {
  return (
    <div className={`conflict-side ${tone}`}>
      <h3>
        {name} <span className="hint">{hint}</span>
      </h3>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className="conflict-text" dir="auto" tabIndex={0} role="group" aria-label={`${name}: ${hint}`}>
        {pieces.map((piece, i) => (piece.own ? <ins key={i}>{piece.text}</ins> : <span key={i}>{piece.text}</span>))}
      </div>
    </div>
  );
}
