import { ExternalLink } from "lucide-react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { words } from "./words";

/** LeaveDialog asks before a link leaves Daybook. */
export default function LeaveDialog({ url, onClose }: { url: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.leaveDialog.leaveDaybook}
      size="small"
      footer={
        <>
          <Button onClick={onClose}>{words.leaveDialog.stay}</Button>
          <a className="button primary" href={url} rel="noopener noreferrer nofollow" target="_blank" onClick={onClose}>
            <ExternalLink aria-hidden /> {words.leaveDialog.open}
          </a>
        </>
      }
    >
      <p>{words.leaveDialog.detail}</p>
      <p className="leave-url">{url}</p>
    </Dialog>
  );
}
