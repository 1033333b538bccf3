import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { binary, fakeBinary, out, root } from "./daybook";

/** Builds the stand-in for the models; the program itself is what make build left. */
export default function setup() {
  if (!existsSync(binary)) throw new Error(`There is no ${binary}: run make build first.`);
  mkdirSync(out, { recursive: true });
  execFileSync("go", ["build", "-trimpath", "-o", fakeBinary, "./web/e2e/fake"], { cwd: root, stdio: "inherit", env: { ...process.env, CGO_ENABLED: "0", GOEXPERIMENT: "simd" } });
}
