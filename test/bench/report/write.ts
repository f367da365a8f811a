import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawPlot } from "./plot.ts";
import { type Results, wrongsIn } from "./results.ts";
import { costTable, everybodyTable, goalsTable, isGrown, trialTable } from "./tables.ts";

const folder = join(import.meta.dirname, "..");
const plotFile = "ratios.svg";

const head = `# Benchmark

\`npm run bench\` measures and writes this page; \`--only NAME\` measures one thing and leaves the page alone, \`--help\` says
more. \`npm run profile -- OPERATION\` shows where the time of one operation goes.

Only ratios within one run mean anything: load, PostgreSQL and what is measured share the cores. Figures are medians
of rounds in which all take turns, one right after another and in another order each time, with the least and the most.
`;

const explanation = `## Who is compared

- **The hub**: a process as it is run in life, \`takeout up\` (\`serve\` where nobody is to work), with limits that it does not reach.
- **The peer** (\`peer/\`): the same pipeline written by hand on fastify, pg-boss (one job a service, inserted in the transaction
  that accepts), node-postgres with named statements, jose with a cache of verified tickets, undici pools. It does less: no events, no
  sealed snapshot, no attempts and leases, no reports kept, no asking of services for a status, no metrics.
- **pgbench** (\`pgbench/\`): what the hub writes and reads, into the same tables, one request at a time: prepared, planned once, 32 clients.
- **Bare servers** (\`bare/\`): node:http and hono that answer with a constant, to the same requests.

Each has a database of its own in one PostgreSQL, filled before. Tickets are checked on every side; each status and deletion bears a
user ticket that was never seen, unless it says otherwise. 32 callers in a closed loop: p99 says how long they wait, not what an open
stream of requests would see. Reports come mixed, 500 deletions at a time. End to end is from the first request to the last
acknowledged report of a burst of deletions, with services that report at once; its p99 is a deletion's, from acceptance to its end.
A deletion takes a second and more of such a burst, so that these turns last longer than others: else they were mostly beginning and end.

Exports go through a hub as it is run in life, with five services in processes of their own that upload over HTTP; half of the
bytes do not become smaller, the other half is JSON. Its memory is read from \`/proc\` ten times a second. Each archive is held against
its manifest and the hub's signature, and read by \`unzip -t\`. 1 GiB is the size of a usual run, because every round writes it a dozen
times; \`npm run bench -- --only exports --gib 1,10\` shows that 10 GiB take ten times as long and no more memory (40 GiB of disk),
\`npm run bench -- --only exports --driver s3\` the same with a server of S3. Archives and uploads alone are compared with the library
(zip-stream, the faster one of those that stream; told which files do not become smaller), with \`zip\`, and with a plain file.
Fifty exports share fairly where equals are ready after like times (Jain's index of their rates: 1 where all are alike), and where
one that is 25 times as large, submitted first, delays the others no more than its bytes do.

Every answer's status counts, some answers are read as a whole after each run, and rows are counted against answers: any that is wrong makes
the run void.
`;

/** Writes what a whole run came to, with a plot beside it. */
export async function writeReport(results: Results): Promise<void> {
  const notes = await readFile(join(folder, "notes.md"), "utf8").catch(() => "");
  const { measured, tried } = results;
  const lines = [
    ...[head, describeRun(results), ""],
    ...[`![The hub's rates as multiples](${plotFile})`, ""],
    ...["## Floors and aims", "", ...goalsTable(measured)],
    ...(notes === "" ? [] : [notes.trim(), ""]),
    ...tried.flatMap((trial) => [`## ${capital(trial.title)}`, "", ...trialTable(trial)]),
    ...["## What a deletion costs", "", ...costTable(measured)],
    ...["## Everybody's figures", "", ...everybodyTable(measured), explanation.trim(), ""],
  ];
  await writeFile(join(folder, plotFile), drawPlot(measured));
  await writeFile(join(folder, "README.md"), lines.join("\n"));
}

function describeRun(results: Results): string {
  const { machine, rounds, parts, load, hasPgbench } = results;
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} = ${value}`);
  const wrongs = wrongsIn(results);
  return [
    `${machine.day}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}; Node ${machine.node}; ` +
      `PostgreSQL ${machine.postgres} (${settings.join(", ")}). Load of the machine before: ${machine.loadBefore.toFixed(1)}. ` +
      `${rounds} rounds, in each ${results.turns} turns of ${describeSeconds(results)}, ${parts.toLocaleString("en")} parts in the tables. ` +
      `Load: ${load === "wrk" ? "wrk, one thread" : "sockets of our own, since there is no wrk here"}, 32 connections.` +
      (hasPgbench ? "" : " **pgbench is not installed here and was left out.**"),
    "",
    wrongs.length === 0 ? "Wrong answers: 0." : `**VOID: ${wrongs.length} things were wrong.**`,
  ].join("\n");
}

function describeSeconds({ seconds, measured }: Results): string {
  const longer = measured.filter((one) => one.seconds !== seconds && !isGrown(one));
  return [`${seconds} s`, ...longer.map((one) => `${one.seconds} s for ${one.title}`)].join(", ");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
