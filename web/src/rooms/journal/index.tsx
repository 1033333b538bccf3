import { useTitle } from "../../lib/title";

export default function Journal() {
  useTitle("Journal");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Journal</h1>
      </header>
    </div>
  );
}
