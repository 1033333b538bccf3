import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const out = join(root, "web/e2e/.out");
export const binary = join(root, "bin/daybook");
export const fakeBinary = join(out, "fake");

/** Rule is what the stand-in for the models answers to what; see fake/main.go. */
export interface Rule {
  model?: string;
  wants?: string;
  contains?: string;
  images?: boolean;
  times?: number;
  text?: string;
  pieces?: string[];
  size?: number;
  first?: number;
  every?: number;
  silent?: number;
  error?: number;
  status?: number;
  after?: number;
  /** Answers the steps of analyses with true quotations, and with those of also. */
  analyst?: boolean;
  also?: string[];
  tokens?: number;
  calls?: { name: string; arguments: unknown }[];
}

/** Fake is the running stand-in. */
export class Fake {
  private constructor(
    private process: ChildProcess,
    readonly url: string,
    readonly key: string,
  ) {}

  static async start(): Promise<Fake> {
    const process = spawn(fakeBinary, { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: process.stdout! })) {
      const [url = "", key = ""] = line.split(" ");
      return new Fake(process, url, key);
    }
    throw new Error("The stand-in for the models did not start.");
  }

  /** Sets the rules; without any it answers with a sentence that cites. */
  async rules(rules: Rule[] = []) {
    const answer = await fetch(`${this.url}/rules`, { method: "PUT", body: JSON.stringify(rules) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async calls() {
    return (await (await fetch(`${this.url}/calls`)).json()) as { calls: number; open: number; left: number; violations: string[] | null };
  }

  async stop() {
    await ended(this.process);
  }
}

/** How a Daybook is started. */
export interface Options {
  /** What is copied to be its journal; without one it serves the demo. A path, or what fills the folder. */
  journal?: string | ((folder: string) => void | Promise<void>);
  /** There are notes of no day, in a folder "evergreen" beside the journal's. */
  evergreen?: boolean;
  token?: string;
  /** It generates a token, and prints the sign-in link: see link. */
  generatedToken?: boolean;
  env?: Record<string, string>;
  args?: string[];
  /** Start it on the demo journal in a folder of its own, so that notes of it can be changed. */
  ownDemo?: boolean;
}

/** Daybook is a running program with a data folder of its own. */
export class Daybook {
  private process?: ChildProcess;
  private said = "";

  private constructor(
    readonly url: string,
    /** Its own folder, removed at the end: home, settings, data and journal are below. */
    readonly folder: string,
    /** The journal's folder; where none was given, one that does not exist. */
    readonly journal: string,
    private env: Record<string, string>,
    private args: string[],
  ) {}

  static async start(fake: Fake, options: Options = {}): Promise<Daybook> {
    const folder = mkdtempSync(join(tmpdir(), "daybook-e2e-"));
    const journal = join(folder, "journal");
    if (typeof options.journal === "string") cpSync(options.journal, journal, { recursive: true });
    if (options.ownDemo) cpSync(join(root, "internal/demo/notes/journal"), journal, { recursive: true });
    if (typeof options.journal === "function") {
      mkdirSync(journal, { recursive: true });
      await options.journal(journal);
    }
    shareDecoders(folder);
    const given = options.journal !== undefined || options.ownDemo;
    const address = `127.0.0.1:${await freePort()}`;
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, "config"),
      DAYBOOK_DATA: join(folder, "data"),
      DAYBOOK_MODEL_EMBEDDING: "none",
      OPENAI_API_KEY: fake.key,
      OPENAI_BASE_URL: `${fake.url}/v1`,
      ...(options.evergreen ? { DAYBOOK_EVERGREEN: join(folder, "evergreen") } : {}),
      ...(options.token ? { DAYBOOK_TOKEN: options.token } : options.generatedToken ? {} : { DAYBOOK_NO_TOKEN: "true" }),
      ...options.env,
    };
    const args = ["serve", "--addr", address, ...(given ? ["--journal", journal] : []), ...(options.args ?? [])];
    const daybook = new Daybook(`http://${address}`, folder, journal, env, args);
    await daybook.run();
    return daybook;
  }

  /** Starts the program, and waits until the journal is read. */
  async run() {
    const child = spawn(binary, this.args, { env: this.env, stdio: ["ignore", "ignore", "pipe"] });
    this.process = child;
    child.stderr.on("data", (data: Buffer) => (this.said += data));
    const until = Date.now() + 60_000;
    while (!(await this.ready())) {
      if (Date.now() > until || child.exitCode !== null) throw new Error(`Daybook was not ready: ${this.said}`);
      await new Promise((done) => setTimeout(done, 30));
    }
  }

  /** The token that it generated. */
  get token() {
    return readFileSync(join(this.folder, "data/token"), "utf8").trim();
  }

  /** What the program prints at a terminal, to be opened in a browser. */
  get link() {
    return `${this.url}/#token=${this.token}`;
  }

  private async ready() {
    try {
      const answer = await fetch(`${this.url}/status`);
      return ((await answer.json()) as { status: string }).status === "ready";
    } catch {
      return false;
    }
  }

  /** Ends the program; run starts it again on the same data. */
  async halt() {
    if (this.process) await ended(this.process);
  }

  /** Kills the program, which gets to do nothing more. */
  async kill() {
    if (!this.process) return;
    const exit = new Promise((done) => this.process?.once("exit", done));
    this.process.kill("SIGKILL");
    await exit;
  }

  async stop() {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** shareDecoders has all tests use one folder of compiled decoders: to compile them takes seconds. */
function shareDecoders(folder: string) {
  const shared = join(out, "cache");
  mkdirSync(shared, { recursive: true, mode: 0o700 });
  for (const kind of ["demo", "journal"]) {
    mkdirSync(join(folder, "data", kind), { recursive: true, mode: 0o700 });
    symlinkSync(shared, join(folder, "data", kind, "cache"));
  }
}

async function ended(child: ChildProcess) {
  if (child.exitCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exit;
  clearTimeout(late);
}

/** freePort returns a port below those that systems give to any other program in the meantime. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
  throw new Error("There is no free port between 20000 and 29999.");
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const free = await new Promise<boolean>((done) => {
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => done(true));
  });
  if (free) await new Promise((done) => probe.close(done));
  return free;
}
