import { useMemo } from "react";
import { compare, merge, type Piece } from "../lib/merge";
import { Button } from "./Button";
import "./conflict.css";

interface Props {
  /** The common ancestor of both. */
  base: string;
  /** The text typed here. */
  mine: string;
  /** The file's current text; null if it was deleted. */
  theirs: string | null;
  /** Continues with the merged text for review; `both` is the number of places where both changed the same words. */
  onMerge: (text: string, both: number) => void;
  /** Overwrites the file with the text typed here. */
  onMine: () => void;
  /** Continues with the file's text. */
  onTheirs: () => void;
  busy?: boolean;
}

/** Conflict shows two versions of a note side by side. Nothing is written until the user chooses. */
export default function Conflict({ base, mine, theirs, onMerge, onMine, onTheirs, busy }: Props) {
  const pieces = useMemo(() => compare(mine, theirs ?? ""), [mine, theirs]);
  const merged = useMemo(() => (theirs === null ? null : merge(base, mine, theirs)), [base, mine, theirs]);
  // Where one was only an older version of the other, there is nothing to put together.
  const together = merged && merged.text !== mine && merged.text !== theirs ? merged : null;
  return (
    <section className="conflict" aria-labelledby="conflict-title">
      <div role="alert">
        <h2 id="conflict-title">{theirs === null ? "The file of this note is gone" : "This note was changed elsewhere"}</h2>
        <p>
          {theirs === null
            ? "Another program deleted or moved it. What you wrote is kept here until you decide."
            : "Another program wrote this note. Nothing was overwritten: compare both versions and choose."}
        </p>
      </div>
      <div className="conflict-sides" data-one={theirs === null || undefined}>
        <Side name="Yours" hint="what you typed here" pieces={theirs === null ? [{ text: mine, own: false }] : pieces.a} tone="mine" />
        {theirs !== null && <Side name="On the disk" hint="what the file says now" pieces={pieces.b} tone="theirs" />}
      </div>
      <div className="row conflict-ways">
        {together && (
          <Button look="primary" busy={busy} onClick={() => onMerge(together.text, together.both)}>
            Keep both changes
          </Button>
        )}
        <Button busy={busy} look={theirs === null ? "primary" : "plain"} onClick={onMine}>
          {theirs === null ? "Write it again" : "Keep mine"}
        </Button>
        <Button busy={busy} onClick={onTheirs}>
          {theirs === null ? "Leave it deleted" : "Keep the one on the disk"}
        </Button>
      </div>
      <p className="hint">
        {together &&
          (together.both === 0
            ? "The changes are in different places. "
            : `In ${together.both === 1 ? "one place" : `${together.both} places`} both changed the same words; there, both versions will follow one another. `)}
        {theirs !== null && "The version on the disk stays in the note’s history."}
      </p>
    </section>
  );
}

function Side({ name, hint, pieces, tone }: { name: string; hint: string; pieces: Piece[]; tone: "mine" | "theirs" }) {
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
