import { useTitle } from "../../lib/title";

export default function Status() {
  useTitle("Status");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Status</h1>
      </header>
    </div>
  );
}
