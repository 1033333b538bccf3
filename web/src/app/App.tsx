import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Router } from "wouter";
import { whenUnauthorized } from "../lib/api";
import { base } from "../lib/base";
import { finishDeletions } from "../lib/deletions";
import { listenForKeys } from "../lib/keys";
import { later, useLoaded } from "../lib/later";
import { queryClient } from "../lib/query";
import { sessionEnded, useSession } from "../lib/session";
import { LeaveGate } from "../ui/ConfirmLink";
import { whenToasts } from "../ui/Toasts";
import { Shell } from "./Shell";

const ToastList = later(() => import("../ui/ToastList"));
const Login = lazy(() => import("./Login"));

export function App() {
  // The list of toasts is loaded with the first, or once the page is there.
  const [toasts, setToasts] = useState(false);
  const loaded = useLoaded(ToastList, toasts);
  useEffect(() => {
    whenToasts(() => setToasts(true));
    const timer = setTimeout(() => setToasts(true), 4000);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    whenUnauthorized(sessionEnded);
    return listenForKeys();
  }, []);
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Router base={base}>
          <Gate />
          <LeaveGate />
          {loaded && <ToastList />}
        </Router>
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
