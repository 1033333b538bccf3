import { ExternalLink } from "lucide-react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

/** LeaveDialog asks before a link leaves Daybook. */
export default function LeaveDialog({ url, onClose }: { url: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Leave Daybook?"
      size="small"
      footer={
        <>
          <Button onClick={onClose}>Stay</Button>
          <a className="button primary" href={url} rel="noopener noreferrer nofollow" target="_blank" onClick={onClose}>
            <ExternalLink aria-hidden /> Open it
          </a>
        </>
      }
    >
      <p>This link leads out of your journal, to a place that can see that you came:</p>
      <p className="leave-url">{url}</p>
    </Dialog>
  );
}
