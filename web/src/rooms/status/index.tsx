import { useTitle } from "../../lib/title";
import { AboutCard } from "./AboutCard";
import { BackupCard } from "./BackupCard";
import { BrowserCard } from "./BrowserCard";
import { ExportCard } from "./ExportCard";
import { IndexCard } from "./IndexCard";
import { JournalCard } from "./JournalCard";
import { LedgerCard } from "./LedgerCard";
import { ModelsCard } from "./ModelsCard";
import { words } from "./words";
import "./status.css";

/** Status says how things are, and where to change them: the journal, what is read of it, the models, and this browser. */
export default function Status() {
  useTitle(words.room.status);
  return (
    <div className="room status">
      <header className="room-head">
        <h1>{words.room.status}</h1>
      </header>
      <div className="status-cards">
        <JournalCard />
        <BrowserCard />
        <IndexCard />
        <ModelsCard />
        <LedgerCard />
        <BackupCard />
        <ExportCard />
        <AboutCard />
      </div>
    </div>
  );
}
