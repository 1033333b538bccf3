import { Mic, Square } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { plainDay } from "../../lib/dates";
import { newId } from "../../lib/id";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { Note } from "../../ui/States";
import { recordings, type Item } from "./recordings";
import { words as room } from "./words";

const words = room.recorder;

const formats = ["audio/mp4", "audio/webm;codecs=opus", "audio/ogg;codecs=opus"];

/** canRecord reports whether a page may use the microphone: browsers allow it over HTTPS and on this computer only. */
const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia) && "MediaRecorder" in globalThis;

/** Recorder records a note. The recording is kept beside the note of its day, and its words are written if a model is set for that. */
export function Recorder() {
  const [recorder, setRecorder] = useState<MediaRecorder | null>(null);
  const [seconds, setSeconds] = useState(0);
  const [isPrivate, setPrivate] = useState(false);
  const [problem, setProblem] = useState("");
  const chunks = useRef<Blob[]>([]);
  const active = useRef<MediaRecorder | null>(null);

  const { items, offline, unkept, held } = useSyncExternalStore(recordings.subscribe, recordings.snapshot);

  useEffect(() => {
    void recordings.load();
    return () => {
      if (active.current?.state === "recording") active.current.stop();
    };
  }, []);
  useEffect(() => {
    if (!recorder) return;
    const timer = setInterval(() => setSeconds((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [recorder]);

  const start = async () => {
    setProblem("");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const format = formats.find((type) => MediaRecorder.isTypeSupported(type));
      const made = new MediaRecorder(stream, format ? { mimeType: format } : {});
      const begun = localTime(new Date());
      chunks.current = [];
      made.ondataavailable = (event) => event.data.size > 0 && chunks.current.push(event.data);
      made.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        active.current = null;
        setRecorder(null);
        void finish(new Blob(chunks.current, { type: made.mimeType }), begun);
      };
      active.current = made;
      made.start(1000); // pieces, so that little is lost if the page goes away
      setSeconds(0);
      setRecorder(made);
    } catch {
      setProblem(words.noMicrophone);
    }
  };
  const finish = async (blob: Blob, begun: string) => {
    if (blob.size === 0) return setProblem(words.nothingRecorded);
    await recordings.add({ key: newId(), at: begun, private: isPrivate, blob });
  };

  return (
    <section className="recorder" aria-labelledby="recorder-title">
      <h2 id="recorder-title">{words.recordNote}</h2>
      <div className="row">
        {recorder ? (
          <Button look="danger" onClick={() => recorder.stop()}>
            <Square aria-hidden /> {words.stop(clock(seconds))}
          </Button>
        ) : (
          <Button disabled={!canRecord()} onClick={() => void start()}>
            <Mic aria-hidden /> {words.record}
          </Button>
        )}
        <label className="nb-private">
          <input type="checkbox" checked={isPrivate} disabled={recorder !== null} onChange={(event) => setPrivate(event.target.checked)} />
          <span>{words.privateNotSent}</span>
        </label>
      </div>
      {!canRecord() && <p className="hint">{words.needsHTTPS}</p>}
      {problem && <Note tone="warn" role="alert">{problem}</Note>}
      {unkept && <Note tone="warn">{words.noStorage}</Note>}
      {held && items.length > 0 ? (
        <Note
          tone="warn"
          actions={
            <>
              <Button small look="primary" onClick={() => recordings.release()}>
                {words.release}
              </Button>
              <Button small onClick={() => void Promise.all(items.map((item) => recordings.drop(item.sound.key))).then(() => recordings.release())}>
                {words.dropAll}
              </Button>
            </>
          }
        >
          {words.held}
        </Note>
      ) : (
        <ul role="list" aria-live="polite">
          {items.map((item) => (
            <Row key={item.sound.key} item={item} offline={offline} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Row tells where a recording is, why it goes no further, and what to do about it. */
function Row({ item: { sound, stage, error }, offline }: { item: Item; offline: boolean }) {
  const [asking, setAsking] = useState(false);
  const { key, at, recorded } = sound;
  const waits = offline && (stage === "kept" || (stage === "saved" && recorded?.reads));
  return (
    <li>
      <span>
        <time dateTime={at}>{at.slice(11, 16)}</time> · {words.stages[stage]}
        {waits && ` ${words.offline}`}
        {error && ` ${error}`}
        {stage === "failed" && ` ${words.failedToDo}`}
        {recorded && (
          <>
            {" "}
            <Link href={`/app/journal/${recorded.date}`}>{plainDay(recorded.date)}</Link>
          </>
        )}
      </span>
      {(waits || stage === "refused" || stage === "failed") && (
        <Button small onClick={() => (waits ? recordings.retry() : void recordings.again(key))}>
          {stage === "failed" ? words.transcribe : words.tryAgain}
        </Button>
      )}
      {stage === "failed" && (
        <Button small look="quiet" onClick={() => void recordings.drop(key)}>
          {words.leave}
        </Button>
      )}
      {stage === "refused" && (
        <Button small look="quiet" onClick={() => setAsking(true)}>
          {words.remove}
        </Button>
      )}
      <Confirm open={asking} onClose={() => setAsking(false)} title={words.removeTitle} action={words.remove} danger onConfirm={() => void recordings.drop(key)}>
        <p>{words.removeDetail}</p>
      </Confirm>
    </li>
  );
}

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** localTime is YYYY-MM-DDTHH:MM:SS in the person's time zone. */
function localTime(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
