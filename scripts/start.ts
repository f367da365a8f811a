// npm start: a PostgreSQL of its own, the demonstration, the hub; stops them all when asked to.
import { relative, resolve } from "node:path";
import { EmbeddedPostgresError } from "./embedded-postgres/error.ts";
import { type DemoPorts, demoPortal, demoServices } from "./start/demo.ts";
import { type Landscape, startLandscape } from "./start/landscape.ts";
import { StartError } from "./start/start-error.ts";

const root = resolve(import.meta.dirname, "..");
const startedAt = performance.now();

function say(line: string): void {
  console.log(`takeout: ${line}`);
}

const help = `Usage: npm start

Starts PostgreSQL, the hub, connected services with data to delete, and a portal to try them from.
All listen on this machine only. Settings are environment variables:

  TAKEOUT_DATA   where everything is kept; without it ./data
  HOST           where to listen; without it 127.0.0.1
  PORT           the hub's port; without it 8080
${[demoPortal, ...demoServices].map(({ variable, port }) => `  ${variable.padEnd(14)} without it ${port}`).join("\n")}

  DATABASE_URL   a PostgreSQL of your own instead of the one that is started here
  TAKEOUT_CONFIG a configuration of your own: the hub starts without the demonstration`;

/** @returns whether the command line asks for help, and nothing else. */
function asksForHelp(args: readonly string[]): boolean {
  const unknown = args.find((arg) => arg !== "--help" && arg !== "-h");
  if (unknown === undefined) return args.length > 0;
  throw new StartError(`npm start takes no "${unknown}"; npm start -- --help says what can be set`);
}

function readPort(name: string, fallback: number): number {
  const port = Number(process.env[name] || fallback);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new StartError(`${name} must be a port, not "${process.env[name]}"`);
}

function readPorts(): DemoPorts {
  const services = demoServices.map(({ name, variable, port }) => [name, readPort(variable, port)]);
  return {
    ...(Object.fromEntries(services) as Record<(typeof demoServices)[number]["name"], number>),
    hub: readPort("PORT", 8080),
    portal: readPort(demoPortal.variable, demoPortal.port),
  };
}

function introduce(
  { url, demo, configPath, environmentPath }: Landscape,
  ports: DemoPorts,
): string {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const lines = [
    `ready in ${seconds} s, stop with Ctrl-C`,
    "",
    ...(demo ? [`  open this            http://127.0.0.1:${ports.portal}`, ""] : []),
    `  hub                  ${url}/health/ready`,
    `  its contract         ${url}/openapi/hub.yaml`,
  ];
  if (demo !== undefined) {
    lines.push(
      ...demoServices.map(
        ({ name }) =>
          `  ${`service ${name}`.padEnd(20)} http://127.0.0.1:${ports[name]}/rows?uid=4001`,
      ),
    );
  }
  return [
    ...lines,
    `  configuration        ${fromRoot(configPath)}`,
    `  its environment      ${fromRoot(environmentPath)}, for the commands of npm run takeout`,
    "  by hand              the commands are in README.md, ready to paste",
    "",
  ].join("\n");
}

/** As a person in the project's folder would type it. */
function fromRoot(path: string): string {
  const shorter = relative(root, path);
  return shorter.startsWith("..") ? path : shorter;
}

/** Aborted by the first signal; later ones (a terminal and npm may both send one) change nothing. */
function listenForStop(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stopping.abort());
  }
  return stopping.signal;
}

async function run(signal: AbortSignal): Promise<void> {
  const ports = readPorts();
  await using landscape = await startLandscape({
    root,
    data: resolve(root, process.env.TAKEOUT_DATA || "data"),
    host: process.env.HOST || "127.0.0.1",
    ports,
    env: process.env,
    say,
    signal,
  });
  say(introduce(landscape, ports));
  const asked = new Promise<undefined>((done) => {
    signal.addEventListener("abort", () => done(undefined), { once: true });
    if (signal.aborted) done(undefined);
  });
  const hubEnded = await Promise.race([asked, landscape.hubEnded]);
  if (hubEnded !== undefined) throw new StartError(`${hubEnded}; everything else is stopped too`);
  say("stopping");
}

const signal = listenForStop();
try {
  if (asksForHelp(process.argv.slice(2))) console.log(help);
  else await run(signal);
} catch (error) {
  if (error instanceof StartError || error instanceof EmbeddedPostgresError) {
    console.error(`takeout: ${error.message}`);
    process.exitCode = 1;
  } else if (!signal.aborted) {
    throw error;
  }
}
if (signal.aborted) say("stopped");
