import { Mic, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { api, ApiError, fetchApi, type Schemas } from "../../lib/api";
import { at } from "../../lib/base";
import { plainDay } from "../../lib/dates";
import { notesChanged } from "../../lib/entries";
import { newId } from "../../lib/id";
import { Button } from "../../ui/Button";
import { messageOf, Note } from "../../ui/States";
import { sounds, type Sound } from "./store";
import { words as text } from "./words";

type Recorded = Schemas["RecordedJSON"];
type Stage = "kept" | "sending" | "saved" | "transcribing" | "done" | "failed";

/** What became of a recording. */
interface Item {
  sound: Sound | null;
  recorded: Recorded | null;
  stage: Stage;
  error: string;
}

const formats = ["audio/mp4", "audio/webm;codecs=opus", "audio/ogg;codecs=opus"];

/** canRecord reports whether a page may use the microphone: browsers allow it over HTTPS and on this computer only. */
const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia) && "MediaRecorder" in globalThis;

/** Recorder records a note. The recording is kept beside the note of its day, and its words are written if a model is set for that. */
export function Recorder() {
  const [recorder, setRecorder] = useState<MediaRecorder | null>(null);
  const [seconds, setSeconds] = useState(0);
  const [isPrivate, setPrivate] = useState(false);
  const [problem, setProblem] = useState("");
  const [items, setItems] = useState<Item[]>([]);
  const chunks = useRef<Blob[]>([]);
  const active = useRef<MediaRecorder | null>(null);

  const patch = (key: string, change: Partial<Item>) => setItems((was) => was.map((item) => (item.sound?.key === key ? { ...item, ...change } : item)));

  const send = async (sound: Sound) => {
    patch(sound.key, { stage: "sending", error: "" });
    try {
      const query = new URLSearchParams({ at: sound.at, private: String(sound.private) });
      const answer = await fetchApi(at(`/recordings?${query}`), { method: "POST", body: sound.blob, headers: { "Content-Type": "application/octet-stream" } });
      const recorded = (await answer.json()) as Recorded;
      await sounds.remove(sound.key).catch(() => {});
      patch(sound.key, { recorded, stage: "saved" });
      notesChanged();
      if (recorded.reads) await transcribe(sound.key, recorded);
    } catch (error) {
      patch(sound.key, { stage: "kept", error: error instanceof ApiError && error.status === 0 ? text.recorder.offlineSavedDevice : messageOf(error) });
    }
  };
  const transcribe = async (key: string, recorded: Recorded) => {
    patch(key, { stage: "transcribing", error: "" });
    try {
      await api.POST("/entries/{id}/recordings/transcribe", { params: { path: { id: recorded.entry } }, body: { name: recorded.name } });
      patch(key, { stage: "done" });
      notesChanged();
    } catch (error) {
      patch(key, { stage: "failed", error: messageOf(error) });
    }
  };

  useEffect(() => {
    // What was recorded before the page went away.
    sounds.all().then(
      (kept) => {
        setItems((was) => [...kept.map((sound): Item => ({ sound, recorded: null, stage: "kept", error: "" })), ...was]);
      },
      () => {},
    );
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
      setProblem(text.recorder.noMicrophone);
    }
  };
  const finish = async (blob: Blob, begun: string) => {
    if (blob.size === 0) return setProblem(text.recorder.nothingRecorded);
    const sound: Sound = { key: newId(), at: begun, private: isPrivate, blob };
    await sounds.put(sound).catch(() => setProblem(text.recorder.noStorage));
    setItems((was) => [...was, { sound, recorded: null, stage: "kept", error: "" }]);
    await send(sound);
  };

  return (
    <section className="recorder" aria-labelledby="recorder-title">
      <h2 id="recorder-title">{text.recorder.recordNote}</h2>
      <div className="row">
        {recorder ? (
          <Button look="danger" onClick={() => recorder.stop()}>
            <Square aria-hidden /> {text.recorder.stop(clock(seconds))}
          </Button>
        ) : (
          <Button disabled={!canRecord()} onClick={() => void start()}>
            <Mic aria-hidden /> {text.recorder.record}
          </Button>
        )}
        <label className="nb-private">
          <input type="checkbox" checked={isPrivate} disabled={recorder !== null} onChange={(event) => setPrivate(event.target.checked)} />
          <span>{text.recorder.privateNotSent}</span>
        </label>
      </div>
      {!canRecord() && <p className="hint">{text.recorder.needsHTTPS}</p>}
      {problem && <Note tone="warn">{problem}</Note>}
      <ul role="list" aria-live="polite">
        {items.map(({ sound, recorded, stage, error }) => (
          <li key={sound?.key}>
            <span>
              {words[stage]}
              {error && <> {error}</>}
              {recorded && (
                <>
                  {" "}
                  <Link href={`/app/journal/${recorded.date}`}>{plainDay(recorded.date)}</Link>
                </>
              )}
            </span>
            {stage === "kept" && sound && (
              <Button small onClick={() => void send(sound)}>
                {text.recorder.saveNow}
              </Button>
            )}
            {(stage === "failed" || stage === "saved") && recorded?.reads && sound && (
              <Button small onClick={() => void transcribe(sound.key, recorded)}>
                {text.recorder.transcribe}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const words: Record<Stage, string> = {
  kept: text.recorder.deviceNotSaved,
  sending: text.recorder.saving,
  saved: text.recorder.savedNotTranscribed,
  transcribing: text.recorder.savedTranscribing,
  done: text.recorder.savedTranscribed,
  failed: text.recorder.savedFailed,
};

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** localTime is YYYY-MM-DDTHH:MM:SS in the person's time zone. */
function localTime(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
