import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runAsStranger } from "../sdk/support/packed.ts";
import { startProcess, until } from "../support/processes.ts";

const scripts = join(import.meta.dirname, "..", "..", "scripts");

// Stands for npm: notes its arguments and makes node_modules anew, or adds to it. With HANG it stops half-way.
const npmStandIn = `
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
appendFileSync("npm.log", process.argv.slice(2).join(" ") + "\\n");
if (process.env.NPM_FAILS) process.exit(3);
if (process.argv[2] === "install" && !process.env.NPM_WRITES_AGAIN) process.exit();
rmSync("node_modules", { recursive: true, force: true });
mkdirSync("node_modules/half", { recursive: true });
if (process.env.NPM_HANGS) await new Promise(() => setInterval(() => {}, 60_000));
mkdirSync("node_modules/patch-package");
mkdirSync("node_modules/tool");
writeFileSync("node_modules/half/index.js", "old\\n");
writeFileSync("node_modules/tool/package.json", '{"bin":{"tool":"./cli.mjs"}}');
writeFileSync("node_modules/tool/cli.mjs", "console.log('the tool ran');");
writeFileSync("node_modules/patch-package/index.js",
  "if (!process.env.PATCH_FAILS) require('node:fs').writeFileSync('node_modules/half/index.js', 'new\\\\n');");
`;

const patch = `diff --git a/node_modules/half/index.js b/node_modules/half/index.js
--- a/node_modules/half/index.js
+++ b/node_modules/half/index.js
@@ -1 +1 @@
-old
+new
`;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "takeout run "));
  await mkdir(join(root, "scripts"));
  await mkdir(join(root, "patches"));
  for (const name of ["run.mjs", "hub-flags.mjs", "follow-parent.mjs"]) {
    await cp(join(scripts, name), join(root, "scripts", name));
  }
  await writeFile(join(root, "package-lock.json"), "{}");
  await writeFile(join(root, "patches", "half+1.0.0.patch"), patch);
  await writeFile(join(root, "npm-cli.js"), npmStandIn);
  await write("ok.ts", "const said: string = 'ok'; console.log(said, ...process.argv.slice(2));");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function write(name: string, text: string): Promise<void> {
  return writeFile(join(root, name), text);
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const npm = { npm_execpath: join(root, "npm-cli.js") };
  return startProcess(process.execPath, [join(root, "scripts", "run.mjs"), ...args], {
    env: { ...process.env, NODE_OPTIONS: "", ...npm, ...env },
  });
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  await using running = start(args, env);
  return { ...(await running.exit), output: running.output() };
}

async function installs(): Promise<string[]> {
  const log = await readFile(join(root, "npm.log"), "utf8").catch(() => "");
  return log.split("\n").filter((line) => line !== "");
}

describe("the hub's own flags", () => {
  const ownSizes = ["--min-semi-space-size=32", "--max-semi-space-size=64"];
  const sizesOf = async (program: string, env: NodeJS.ProcessEnv = {}) => {
    await mkdir(join(root, "src"));
    await write(program, "console.log(JSON.stringify(process.execArgv));");
    const { output } = await run([program], env);
    const flags: string[] = JSON.parse(output.trim().split("\n").at(-1) ?? "");
    return flags.filter((flag) => flag.includes("semi-space"));
  };

  test("the hub has a larger young generation, and no other program has", async () => {
    expect(await sizesOf("src/main.ts")).toEqual(ownSizes);
    await rm(join(root, "src"), { recursive: true });
    expect(await sizesOf("other.ts")).toEqual([]);
  });

  test("an operator's own size is left alone", async () => {
    const NODE_OPTIONS = "--max-semi-space-size=8";
    expect(await sizesOf("src/main.ts", { NODE_OPTIONS })).toEqual([]);
  });
});

describe("installing", () => {
  test("a bare checkout installs without development packages and without install scripts", async () => {
    const result = await run(["ok.ts", "a b", "c"]);
    expect(result).toMatchObject({ code: 0, output: expect.stringContaining("ok a b c\n") });
    expect(await installs()).toEqual([
      "ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error",
    ]);
  });

  test("a second run installs nothing and says nothing of its own", async () => {
    await run(["ok.ts"]);
    expect((await run(["ok.ts"])).output).toBe("ok\n");
    expect(await installs()).toHaveLength(1);
  });

  test("development packages are added when asked for, and then serve both", async () => {
    await run(["ok.ts"]);
    await run(["--dev", "ok.ts"]);
    await run(["ok.ts"]);
    expect(await installs()).toEqual([
      expect.stringMatching(/^ci --omit=dev /),
      expect.stringMatching(/^install --no-save --include=dev /),
    ]);
  });

  test("what loses its patch when development packages are added gets it again", async () => {
    await run(["ok.ts"]);
    expect(await run(["--dev", "ok.ts"], { NPM_WRITES_AGAIN: "1" })).toMatchObject({ code: 0 });
    expect(await readFile(join(root, "node_modules/half/index.js"), "utf8")).toBe("new\n");
  });

  test("adding them that fails is tried again, with everything", async () => {
    await run(["ok.ts"]);
    const failed = await run(["--dev", "ok.ts"], { NPM_FAILS: "1" });
    expect(failed).toMatchObject({ code: 3, output: expect.stringContaining("install failed") });
    expect(await run(["--dev", "ok.ts"])).toMatchObject({ code: 0 });
    expect((await installs()).at(-1)).toMatch(/^ci --include=dev /);
  });

  test("npm itself adds development packages without touching a file that is there", async () => {
    await rm(join(root, "patches"), { recursive: true });
    await write("package.json", JSON.stringify(await packTwo()));
    const offline = { npm_config_offline: "true", npm_config_cache: join(root, "cache") };
    const npm = { ...offline, npm_execpath: "" };
    await runAsStranger("npm", ["install", "--package-lock-only"], { cwd: root, env: offline });
    const lockfile = await readFile(join(root, "package-lock.json"), "utf8");
    expect(await run(["ok.ts"], npm)).toMatchObject({ code: 0 });
    const before = await filesOf("running");
    expect(before).toHaveLength(2);
    expect(existsSync(join(root, "node_modules/tools"))).toBe(false);
    expect(await run(["--dev", "ok.ts"], npm)).toMatchObject({ code: 0 });
    expect(existsSync(join(root, "node_modules/tools/index.js"))).toBe(true);
    expect(await filesOf("running")).toEqual(before);
    expect(await readFile(join(root, "package-lock.json"), "utf8")).toBe(lockfile);
  });

  /** Packs a package that runs and one for development, as files: no registry is asked. */
  async function packTwo() {
    for (const name of ["running", "tools"]) {
      await mkdir(join(root, name));
      await write(join(name, "index.js"), "");
      await write(join(name, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
      await runAsStranger("npm", ["pack", `./${name}`], { cwd: root });
    }
    return {
      dependencies: { running: "file:./running-1.0.0.tgz" },
      devDependencies: { tools: "file:./tools-1.0.0.tgz" },
    };
  }

  /** Which files they are, and when they were made. */
  async function filesOf(name: string) {
    const folder = join(root, "node_modules", name);
    const files = await readdir(folder);
    return await Promise.all(
      files.map(async (file) => {
        const { ino, ctimeMs } = await stat(join(folder, file));
        return [file, ino, ctimeMs];
      }),
    );
  }

  test("a developer who only starts keeps the development packages through a changed lockfile", async () => {
    await run(["--dev", "ok.ts"]);
    await write("package-lock.json", "{ }");
    await run(["ok.ts"]);
    expect(await installs()).toEqual([
      expect.stringContaining("--include=dev"),
      expect.stringContaining("--include=dev"),
    ]);
  });

  test.each(["package-lock.json", "patches/half+1.0.0.patch"])(
    "a changed %s installs anew",
    async (name) => {
      await run(["ok.ts"]);
      await write(name, `${await readFile(join(root, name), "utf8")}\n`);
      await run(["ok.ts"]);
      expect(await installs()).toHaveLength(2);
    },
  );

  test("a file that lost its patch is installed anew", async () => {
    await run(["ok.ts"]);
    await write("node_modules/half/index.js", "old\n");
    expect(await run(["ok.ts"])).toMatchObject({ code: 0 });
    expect(await readFile(join(root, "node_modules/half/index.js"), "utf8")).toBe("new\n");
  });

  test("an install killed half-way is repaired by the next run", async () => {
    await using killed = start(["ok.ts"], { NPM_HANGS: "1" });
    await until("the half install", () => existsSync(join(root, "node_modules/half")));
    const owner = JSON.parse(await readFile(join(root, ".install-lock/owner.json"), "utf8"));
    killed.child.kill("SIGKILL");
    for (const pid of owner.pids.slice(1)) process.kill(pid, "SIGKILL");
    await killed.exit;
    expect(await run(["ok.ts"])).toMatchObject({ code: 0 });
    expect(await installs()).toHaveLength(2);
  });

  test("nobody installs beside an npm whose parent was killed", async () => {
    await using killed = start(["ok.ts"], { NPM_HANGS: "1" });
    await until("the half install", () => existsSync(join(root, "node_modules/half")));
    const owner = JSON.parse(await readFile(join(root, ".install-lock/owner.json"), "utf8"));
    killed.child.kill("SIGKILL");
    await using second = start(["ok.ts"]);
    await until("the second to wait", () => second.output().includes("waiting for it"));
    expect(await installs()).toHaveLength(1);
    for (const pid of owner.pids.slice(1)) process.kill(pid, "SIGKILL");
    expect(await second.exit).toMatchObject({ code: 0 });
  });

  test("two at once install once", async () => {
    const results = await Promise.all([run(["ok.ts"]), run(["ok.ts"])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await installs()).toHaveLength(1);
  });

  test("a failed npm ends with its code and is tried again by the next run", async () => {
    const failed = await run(["ok.ts"], { NPM_FAILS: "1" });
    expect(failed).toMatchObject({ code: 3, output: expect.stringContaining("npm ci failed") });
    expect(existsSync(join(root, ".install-lock"))).toBe(false);
    expect(await run(["ok.ts"])).toMatchObject({ code: 0 });
  });

  test("a patch that did not take ends the run", async () => {
    const failed = await run(["ok.ts"], { PATCH_FAILS: "1" });
    expect(failed).toMatchObject({
      code: 1,
      output: expect.stringContaining("does not apply to node_modules/half/index.js"),
    });
    expect(failed.output).not.toContain("ok\n");
  });

  test("SIGTERM during the install stops npm too and frees the lock", async () => {
    await using running = start(["ok.ts"], { NPM_HANGS: "1" });
    await until("the half install", () => existsSync(join(root, "node_modules/half")));
    const owner = JSON.parse(await readFile(join(root, ".install-lock/owner.json"), "utf8"));
    running.child.kill("SIGTERM");
    expect(await running.exit).toEqual({ code: 143, signal: null });
    expect(existsSync(join(root, ".install-lock"))).toBe(false);
    for (const pid of owner.pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("running", () => {
  // Says "up", leaves a note when it is asked to stop, and chooses its own exit code.
  const patient = `
    import { writeFileSync } from "node:fs";
    process.on("SIGTERM", () => { writeFileSync("stopped", ""); process.exit(5); });
    setInterval(() => {}, 60_000);
    console.log("up");`;
  const hasStopped = () => existsSync(join(root, "stopped"));

  beforeEach(async () => {
    await run(["ok.ts"]);
    await write("patient.ts", patient);
  });

  test("the exit code is the program's", async () => {
    await write("seven.ts", "process.exit(7)");
    expect(await run(["seven.ts"])).toMatchObject({ code: 7 });
  });

  test("a program killed by a signal ends with 128 and the signal's number", async () => {
    await write("killed.ts", "process.kill(process.pid, 'SIGKILL')");
    expect(await run(["killed.ts"])).toMatchObject({ code: 137 });
  });

  test("a tool runs by its name, and an unknown one is named", async () => {
    expect(await run(["tool"])).toMatchObject({ code: 0, output: "the tool ran\n" });
    expect((await run(["saw"])).output).toContain("no tool saw");
  });

  test("workspaces resolve to their sources", async () => {
    await write("flags.ts", "console.log(process.execArgv.join(' '))");
    expect((await run(["flags.ts"])).output).toContain("--conditions=takeout-source");
  });

  test("SIGTERM reaches the program, whose exit code counts", async () => {
    await using running = start(["patient.ts"]);
    await until("the program", () => running.output().includes("up"));
    running.child.kill("SIGTERM");
    expect(await running.exit).toEqual({ code: 5, signal: null });
    expect(hasStopped()).toBe(true);
  });

  test("the program stops when the shell around it is killed", async () => {
    const command = `"${process.execPath}" "${join(root, "scripts/run.mjs")}" patient.ts; true`;
    await using shell = startProcess("sh", ["-c", command]);
    await until("the program", () => shell.output().includes("up"));
    shell.child.kill("SIGKILL");
    await until("the program to stop", hasStopped);
  });

  test("the program stops when run.mjs itself is killed", async () => {
    await using running = start(["patient.ts"]);
    await until("the program", () => running.output().includes("up"));
    running.child.kill("SIGKILL");
    await until("the program to stop", hasStopped);
  });
});
