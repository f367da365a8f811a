// The --restart command of a test: node process-of-kit.mjs <file>. The file says what runs and what is to run; the
// process that it names is killed as a crash would, and another is started, which outlives this command.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const [file] = process.argv.slice(2);
const { pid, port, command, log, env } = JSON.parse(readFileSync(file, "utf8"));

/** Whether it still listens: a process that was killed may stay in the table for a while. */
function listens() {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

if (pid) process.kill(pid, "SIGKILL");
while (pid && (await listens())) await pause(10);

const output = openSync(log, "a");
const [name, ...args] = command;
const child = spawn(name, args, {
  detached: true,
  stdio: ["ignore", output, output],
  env: { ...process.env, ...env },
});
child.unref();
closeSync(output);
writeFileSync(file, JSON.stringify({ pid: child.pid, port, command, log, env }));
