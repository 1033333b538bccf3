import { X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useBack } from "../../lib/closing";
import { Button, IconButton } from "../../ui/Button";
import { words } from "./words";

interface Props {
  /** Pages that the notebook had when the camera was opened. */
  before: number;
  /** Resolves once the device keeps the photograph. */
  onPhoto: (photo: Blob) => Promise<void>;
  onClose: () => void;
  /** The camera cannot be used; the reason is for the person. */
  onFail: (reason: string) => void;
}

const quality = 0.92;

/** canPhotograph reports whether a page may use a camera: browsers allow it over HTTPS and on this computer only. */
export const canPhotograph = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Camera stays open while one page after the other is photographed. */
export function Camera({ before, onPhoto, onClose, onFail }: Props) {
  useBack(true, onClose);
  const video = useRef<HTMLVideoElement>(null);
  const stream = useRef<MediaStream | null>(null);
  const shutter = useRef<HTMLButtonElement>(null);
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [taken, setTaken] = useState(0);
  const [had] = useState(before);
  const fail = useRef(onFail);
  fail.current = onFail;

  const start = useCallback(async () => {
    try {
      const made = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 4096 }, height: { ideal: 3072 } } });
      if (!video.current) return made.getTracks().forEach((track) => track.stop());
      stream.current = made;
      video.current.srcObject = made;
      await video.current.play();
      setReady(true);
      shutter.current?.focus();
    } catch (error) {
      if (!video.current) return; // closed meanwhile
      fail.current(error instanceof DOMException && error.name === "NotAllowedError" ? words.camera.cameraAccessBlocked : words.camera.noCameraAvailable);
    }
  }, []);

  useEffect(() => {
    void start();
    let lock: WakeLockSentinel | undefined;
    const awake = async () => {
      lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    };
    void awake();
    // A phone that slept has taken the camera away.
    const back = () => {
      if (document.visibilityState !== "visible") return;
      void awake();
      if (stream.current?.getVideoTracks().every((track) => track.readyState === "ended")) {
        setReady(false);
        void start();
      }
    };
    document.addEventListener("visibilitychange", back);
    return () => {
      document.removeEventListener("visibilitychange", back);
      void lock?.release();
      stream.current?.getTracks().forEach((track) => track.stop());
      stream.current = null;
    };
  }, [start]);

  const take = async () => {
    if (!ready || busy || !video.current) return;
    setBusy(true);
    try {
      const photo = await photograph(video.current, stream.current);
      if (!photo) return;
      await onPhoto(photo);
      setTaken((n) => n + 1);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="camera" role="dialog" aria-modal="true" aria-label={words.camera.photographPages} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <video ref={video} playsInline muted aria-label={words.camera.cameraPreview} data-flash={busy || undefined} />
      {!ready && <p className="camera-wait">{words.camera.openingCamera}</p>}
      <div className="camera-bar">
        <p role="status" className="camera-count">
          {words.camera.page(had + taken)}
        </p>
        <button ref={shutter} type="button" className="shutter" aria-label={words.camera.photographPage} disabled={!ready || busy} aria-busy={busy || undefined} onClick={() => void take()} />
        <Button look="primary" onClick={onClose}>
          {words.camera.done}
        </Button>
      </div>
      <IconButton label={words.camera.closeCamera} className="camera-close" onClick={onClose}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

/** ImageCapture, where there is one, takes a photograph in the camera's full size. */
interface Capture {
  takePhoto(): Promise<Blob>;
}

async function photograph(video: HTMLVideoElement, stream: MediaStream | null): Promise<Blob | null> {
  const track = stream?.getVideoTracks()[0];
  const Capture = (globalThis as { ImageCapture?: new (track: MediaStreamTrack) => Capture }).ImageCapture;
  if (track && Capture) {
    try {
      const photo = await within(new Capture(track).takePhoto(), 4000);
      if (photo.size > 0) return photo;
    } catch {
      // Some cameras give frames only.
    }
  }
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return Promise.race([work, new Promise<never>((_, reject) => setTimeout(() => reject(new Error("too slow")), milliseconds))]);
}
