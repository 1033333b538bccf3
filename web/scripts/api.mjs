// Writes src/lib/schema.d.ts from what the server says of itself:
//   npm run api            starts ../bin/daybook for it
//   npm run api -- --check says whether the file is in step, and writes nothing
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const file = new URL("../src/lib/schema.d.ts", import.meta.url);
const binary = new URL("../../bin/daybook", import.meta.url).pathname;

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function description() {
  const data = mkdtempSync(join(tmpdir(), "daybook-api-"));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(binary, ["serve", "--addr", address, "--data", data, "--model-embedding", "none", "--no-token"], {
    env: { PATH: process.env.PATH, HOME: data, XDG_CONFIG_HOME: data },
    stdio: "ignore",
  });
  try {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await fetch(`http://${address}/openapi.json`);
        if (answer.ok) return await answer.json();
      } catch (error) {
        if (tries > 300 || server.exitCode !== null) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(data, { recursive: true, force: true });
  }
}

// The server takes keys that it does not know, so that clients of all ages may
// speak to it; this one is of its own age, and its types say what there is.
function exact(schema) {
  if (Array.isArray(schema)) return schema.map(exact);
  if (schema === null || typeof schema !== "object") return schema;
  const { additionalProperties, ...rest } = schema;
  const keep = additionalProperties === true && schema.properties ? {} : additionalProperties === undefined ? {} : { additionalProperties };
  return Object.fromEntries(Object.entries({ ...rest, ...keep }).map(([key, value]) => [key, exact(value)]));
}

const head = "// Written by `npm run api` from the server's /openapi.json; not by hand.\n\n";
const text = head + astToString(await openapiTS(exact(await description())));
if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error("src/lib/schema.d.ts is not what the server says of itself: run npm run api.");
  process.exit(1);
}
