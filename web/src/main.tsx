import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { at, enterBase } from "./lib/base";
import { first } from "./lib/first";
import { signInByLink } from "./lib/signin";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/touch.css";

enterBase();
// What the page asks for needs the session that a sign-in link begins.
void signInByLink().then(first).then(() =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // Its files would compete with those of the first load, which may be over by now.
  const register = () => setTimeout(() => void navigator.serviceWorker.register(at("/sw.js")).catch(() => {}), 2000);
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}
