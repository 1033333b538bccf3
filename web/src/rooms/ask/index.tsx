import { useTitle } from "../../lib/title";

export default function Ask() {
  useTitle("Ask");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Ask</h1>
      </header>
    </div>
  );
}
