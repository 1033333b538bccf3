import { Plus } from "lucide-react";
import { Link } from "wouter";
import { when } from "../../lib/dates";
import { askPath, threadsPath } from "../../lib/links";
import { useThreads } from "../../lib/threads";
import { words } from "./words";

interface Props {
  /** The conversation that is open. */
  current?: string;
  most?: number;
  /** On Home, where the question above is a new conversation. */
  home?: boolean;
  onGo?: () => void;
}

/** Recent lists the latest conversations. */
export function Recent({ current, most = 12, home, onGo }: Props) {
  const { data } = useThreads();
  return (
    <div className="recent" onClick={(event) => (event.target as Element).closest("a") && onGo?.()}>
      {!home && (
        <Link href={askPath()} className="recent-new">
          <Plus aria-hidden /> {words.newConversation}
        </Link>
      )}
      <ul role="list">
        {data?.filter((thread) => !thread.damaged).slice(0, most).map((thread) => (
          <li key={thread.thread_id}>
            <Link href={askPath(thread.thread_id)} className="recent-item" aria-current={thread.thread_id === current ? "page" : undefined}>
              <span dir="auto">{thread.title}</span>
              <time dateTime={thread.updated_at}>{when(thread.updated_at)}</time>
            </Link>
          </li>
        ))}
      </ul>
      {data && data.length > most && (
        <Link href={threadsPath} className="recent-all">
          {words.allConversations}
        </Link>
      )}
    </div>
  );
}
