import { useTitle } from "../../lib/title";

export default function Add() {
  useTitle("Add");
  return (
    <div className="room">
      <header className="room-head">
        <h1>Add</h1>
      </header>
    </div>
  );
}
