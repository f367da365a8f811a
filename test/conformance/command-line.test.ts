import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNames, toJunit } from "takeout-sdk/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { findFreePort, listenAnywhere } from "../support/ports.ts";
import { createClient } from "../support/tickets.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "sdk", "src", "conformance", "main.ts");
const support = join(import.meta.dirname, "support");
const node = `'${process.execPath}'`;

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout conform "));
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function conform(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

interface Daemon extends AsyncDisposable {
  /** The arguments that name it, its keys and its hooks. */
  args: readonly string[];
}

/** A service that only its --restart command has hold of, as on somebody's machine. */
async function startDaemon(name: string, program: string): Promise<Daemon> {
  const [port, listen] = [await findFreePort(), await findFreePort()];
  const [hub, service] = [await createClient("takeout"), await createClient(name)];
  const file = (what: string) => join(folder, `${name}.${what}`);
  const env = {
    PORT: `${port}`,
    DATABASE_URL: database.url,
    SCHEMA: `daemon_${name}`,
    SERVICE: name,
    TAKEOUT_HUB_URL: `http://127.0.0.1:${listen}`,
    TAKEOUT_SERVICE_KEY: JSON.stringify(service.privateJwk),
  };
  const command = [process.execPath, join(import.meta.dirname, "services", program)];
  const state = { port, command, log: file("log"), env };
  await writeFile(file("state"), JSON.stringify(state));
  await writeFile(file("hub.jwk"), JSON.stringify(hub.privateJwk));
  await writeFile(file("jwks"), JSON.stringify(service.jwks));
  const restart = `${node} '${join(support, "process-of-kit.mjs")}' '${file("state")}'`;
  const seed = `DATABASE_URL='${database.url}' SCHEMA=${env.SCHEMA} ${node} '${join(support, "seed-thing.ts")}'`;
  await new Promise((started) => execFile("sh", ["-c", restart], started));
  return {
    args: [
      `http://127.0.0.1:${port}/`,
      ...["--service", name, "--categories", "1,2", "--hub-client", "takeout"],
      ...["--hub-key", file("hub.jwk"), "--listen", `${listen}`],
      ...["--service-keys", file("jwks"), "--seed", seed, "--restart", restart],
      ...["--patience", "20"],
    ],
    async [Symbol.asyncDispose]() {
      const { pid } = JSON.parse(await readFile(file("state"), "utf8")) as { pid: number };
      process.kill(pid, "SIGKILL");
    },
  };
}

test("a service that conforms: exit 0, a line for each check, and reports that say so", async () => {
  await using daemon = await startDaemon("sound", "plain/main.ts");
  const [json, junit] = [join(folder, "sound report.json"), join(folder, "sound.xml")];
  const { code, stdout, stderr } = await conform(...daemon.args, "--json", json, "--junit", junit);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  for (const name of checkNames) expect(stdout).toMatch(new RegExp(`^ok +${name} +\\d`, "m"));
  expect(stdout).toContain("sound: conforms");

  const report = JSON.parse(await readFile(json, "utf8"));
  expect(report).toMatchObject({
    verdict: "conforms",
    service: "sound",
    counts: { passed: checkNames.length },
  });
  expect(report.checks.map(({ name }: { name: string }) => name)).toEqual(checkNames);
  for (const check of report.checks) {
    expect(check).toMatchObject({ outcome: "passed", breaches: [] });
    expect(check.source).toMatch(/^contract sections? \d/);
  }
  const xml = await readFile(junit, "utf8");
  expect(xml).toContain(`tests="${checkNames.length}" failures="0" errors="0" skipped="0"`);
  expect(xml.match(/<testcase /g)).toHaveLength(checkNames.length);
}, 180_000);

test("one that does not: exit 1, with what was expected, what happened and where to look", async () => {
  await using daemon = await startDaemon("wrong", "wrong/wrong-audience.ts");
  const [json, junit] = [join(folder, "wrong.json"), join(folder, "wrong.xml")];
  const skip = checkNames.filter((name) => name !== "ticket-audience");
  const { code, stdout } = await conform(
    ...[...daemon.args, "--skip", "restart", "--skip", skip.join(",")],
    ...["--json", json, "--junit", junit],
  );
  expect(code, stdout).toBe(1);
  expect(stdout).toMatch(/^FAILED +ticket-audience/m);
  expect(stdout).toContain("(contract section 3)");
  expect(stdout).toContain(
    "expected  status with a ticket for another service is refused with 401",
  );
  expect(stdout).toContain("happened  answered 200");
  expect(stdout).toContain("look at   the check of `aud`");
  expect(stdout).toContain("wrong: does not conform: ticket-audience");

  const report = JSON.parse(await readFile(json, "utf8"));
  expect(report.verdict).toBe("does_not_conform");
  expect(report.counts).toEqual({ failed: 1, skipped: checkNames.length - 1 });
  const xml = await readFile(junit, "utf8");
  expect(xml).toContain(`failures="1" errors="0" skipped="${checkNames.length - 1}"`);
  expect(xml.match(/<failure /g)).toHaveLength(1);
});

test("without a hook the checks that need it are named, and the verdict stays open: exit 2", async () => {
  await using daemon = await startDaemon("bare", "plain/main.ts");
  const at = daemon.args.indexOf("--seed");
  const bare = [...daemon.args.slice(0, at), ...daemon.args.slice(at + 4)];
  const needing = ["fence", "restart"];
  const skip = checkNames.filter((name) => !needing.includes(name)).join(",");
  const { code, stdout } = await conform(...bare, "--skip", skip);
  expect(code, stdout).toBe(2);
  expect(stdout).toMatch(/^NOT RUN +fence .*needs --seed CMD \(or --skip fence\)/m);
  expect(stdout).toContain("bare: not everything could be checked");
});

test("a command of a hook that fails is told with what it printed: exit 2", async () => {
  await using daemon = await startDaemon("seedless", "plain/main.ts");
  const args = daemon.args.map((value, at) =>
    daemon.args[at - 1] === "--seed" ? "echo the table is locked; exit 3" : value,
  );
  const skip = checkNames.filter((name) => name !== "ready-with-data").join(",");
  const { code, stdout } = await conform(...args, "--skip", skip);
  expect(code, stdout).toBe(2);
  expect(stdout).toContain("the command of --seed ended with exit code 3:\nthe table is locked");
});

const required = ["--service", "realty", "--categories", "1", "--listen", "4999"];

test("what cannot be run at all is said in one line: exit 2", async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { server, port } = await listenAnywhere();
  try {
    const taken = ["--service", "realty", "--categories", "1", "--listen", `${port}`];
    for (const [args, message] of [
      [[url, ...taken], `--listen: port ${port} cannot be used`],
      [[url, ...required, "--skip", "everything"], 'skip: there is no check "everything"'],
      [[url, ...required, "--hub-key", join(folder, "none.jwk")], "--hub-key: ENOENT"],
      [[url, ...required, "--hub-key", main], "hubKey: give a private JWK"],
      [[url, ...required, "--service-keys", join(folder, "none")], "--service-keys cannot be read"],
      [[url, ...required, "--completion", "later"], 'completion: give "report" or "answer"'],
      [[url, ...required, "--patience", "soon"], "patienceMs: give a whole number"],
      [["ftp://127.0.0.1", ...required], "url: give where the service is"],
      [[url, "--mood", "good"], "Unknown option '--mood'"],
    ] as const) {
      const { code, stderr } = await conform(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  } finally {
    server.close();
  }
});

test("all that is missing in a command line is said at once", async () => {
  const { code, stderr } = await conform();
  expect(code).toBe(2);
  for (const word of ["one URL", "--service", "--categories", "--listen", "--help"]) {
    expect(stderr).toContain(word);
  }
});

test("where no service is, nothing is judged: exit 2", async () => {
  const listen = `${await findFreePort()}`;
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { code, stderr } = await conform(
    ...[url, "--service", "realty", "--categories", "1", "--listen", listen],
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining(`nothing answers at ${url}`)]);
});

test("help names every flag and every check", async () => {
  const { code, stdout } = await conform("--help");
  expect(code).toBe(0);
  const flags =
    "service categories hub-client hub-key listen service-keys completion seed restart skip json junit";
  for (const flag of flags.split(" ")) expect(stdout).toContain(`--${flag} `);
  for (const name of checkNames) expect(stdout).toMatch(new RegExp(`^ +${name} +\\S`, "m"));
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(132);
});

test("whatever stands in a failure, its JUnit report is well-formed", () => {
  const nasty = `<a href="x">&amp; ]]> \u0000\u001b[31m '`;
  const xml = toJunit({
    verdict: "does_not_conform",
    service: nasty,
    url: "http://127.0.0.1",
    startedAt: new Date(0),
    durationMs: 1,
    results: [
      {
        name: "fence",
        duty: nasty,
        source: "contract section 7",
        outcome: "failed",
        breaches: [{ expected: nasty, happened: nasty, lookAt: nasty }],
        durationMs: 1,
      },
    ],
  });
  const text = xml.replace(/<\/?[a-z]+(?: [a-z]+="[^"<]*")*\/?>|<\?xml [^>]*\?>/g, "");
  expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#10);)/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
});
