import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { whenUnauthorized } from "../lib/api";
import { finishDeletions } from "../lib/deletions";
import { listenForKeys } from "../lib/keys";
import { queryClient } from "../lib/query";
import { sessionEnded, useSession } from "../lib/session";
import { LeaveGate } from "../ui/ConfirmLink";
import { Shell } from "./Shell";

const ToastList = lazy(() => import("../ui/ToastList"));
const Login = lazy(() => import("./Login"));

export function App() {
  useEffect(() => {
    whenUnauthorized(sessionEnded);
    return listenForKeys();
  }, []);
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Tooltip.Provider delay={500}>
          <Gate />
          <LeaveGate />
          <Suspense>
            <ToastList />
          </Suspense>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  );
}

/** Gate asks for the token where one is wanted. The rooms are shown meanwhile: what they ask for tells the rest. */
function Gate() {
  const { data: session } = useSession();
  const allowed = session?.authenticated === true;
  useEffect(() => {
    if (allowed) finishDeletions();
  }, [allowed]);
  if (session && !session.authenticated) {
    return (
      <Suspense>
        <Login />
      </Suspense>
    );
  }
  return <Shell />;
}
