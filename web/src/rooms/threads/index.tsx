import { useTitle } from "../../lib/title";

export default function Threads() {
  useTitle("Threads");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Threads</h1>
      </header>
    </div>
  );
}
