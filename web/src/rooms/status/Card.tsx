import { useId, type ReactNode } from "react";
import { classes } from "../../ui/Button";

/** Card is a part of the room with a heading of its own. */
export function Card({ title, aside, wide, children }: { title: string; aside?: ReactNode; wide?: boolean; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes("card status-card", wide && "wide")} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
