import { useTitle } from "../../lib/title";

export default function Write() {
  useTitle("Write");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Write</h1>
      </header>
    </div>
  );
}
