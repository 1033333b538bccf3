import { useTitle } from "../../lib/title";

export default function Years() {
  useTitle("Years");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Years</h1>
      </header>
    </div>
  );
}
