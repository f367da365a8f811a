import { readFacts } from "./imports.ts";

interface Room {
  /** Rooms it may import; its own always. `*` is every room of the hub. */
  imports: readonly string[];
  /** Rooms of which it may know the types alone. */
  types?: readonly string[];
}

/** Who may import whom. Data goes down only: the doors know the flows, the flows know the adapters, all know the rules. */
const rooms: Readonly<Record<string, Room>> = {
  domain: { imports: [], types: ["generated"] },
  flows: {
    imports: ["domain", "store", "queue", "connected", "channels", "blobs", "archive"],
    types: ["config"],
  },
  http: { imports: ["flows", "domain", "generated"], types: ["config", "context"] },
  worker: { imports: ["flows", "domain", "queue"], types: ["config", "context"] },
  // The job stands in the same statement as the parts (rule 1), so the store knows how one is added.
  store: { imports: ["domain", "queue"], types: ["config"] },
  queue: { imports: ["domain"] },
  connected: { imports: ["domain", "generated"], types: ["config"] },
  channels: { imports: ["domain"], types: ["config"] },
  blobs: { imports: ["domain"], types: ["config"] },
  archive: { imports: ["domain"], types: ["config"] },
  config: { imports: [] },
  log: { imports: [], types: ["config", "flows", "http"] },
  metrics: { imports: [], types: ["domain", "flows", "http", "store"] },
  context: { imports: ["*"] },
  run: { imports: ["*"] },
  commands: { imports: ["*"] },
  main: { imports: ["*", "commands"] },
  generated: { imports: [] },
  sdk: { imports: ["generated"] },
  // The only parts of the package that need Node.js: no other may lean on them.
  conformance: { imports: ["sdk", "generated"] },
  testing: { imports: ["sdk", "generated"] },
  examples: { imports: [] },
};

const sealed = new Set([
  "commands",
  "main",
  "sdk",
  "conformance",
  "testing",
  "examples",
  "scripts",
  "test",
]);
const clockAndChance =
  /^(Date\.now|new Date\(\)|Math\.random|performance\.now|crypto\.\w+|setTimeout|setInterval|console\.\w+|process\.\w+)$/;

/** The room of a path from the root: `src/http/…` is http, `src/config.ts` is config, `sdk/…` is sdk. */
function roomOf(path: string): string {
  if (/^sdk\/src\/conformance(\.ts$|\/)/.test(path)) return "conformance";
  if (/^sdk\/src\/testing(\.ts$|\/)/.test(path)) return "testing";
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? second.replace(/\.ts$/, "") : first;
}

function isOurs(target: string): boolean {
  return /^(src|sdk|examples|generated|scripts|test)\//.test(target);
}

/** Every way in which these files break the table, one line each. */
export function findViolations(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) => {
    const { reaches, uses } = readFacts(file, text);
    const lines = reaches.flatMap(({ target, typeOnly }) => judgeImport(file, target, typeOnly));
    return [...lines, ...[...uses].flatMap((use) => judgeUse(file, use)), ...judgePlace(file)];
  });
}

function judgeImport(file: string, target: string, typeOnly: boolean): string[] {
  return isOurs(target) ? judgeRoom(file, target, typeOnly) : judgePackage(file, target, typeOnly);
}

function judgeRoom(file: string, target: string, typeOnly: boolean): string[] {
  const from = roomOf(file);
  const to = roomOf(target);
  const room = rooms[from];
  if (room === undefined) return [`${file}: a room that the table does not know`];
  if (from === to) return [];
  const everything = room.imports.includes("*") && !sealed.has(to);
  if (everything || room.imports.includes(to)) return [];
  if (typeOnly && room.types?.includes(to)) return [];
  return [`${file}: ${from} imports ${target}`];
}

const packageRules: readonly {
  packages: RegExp;
  allowed: readonly string[];
  /** Rooms that may know the package's types alone. */
  types?: readonly string[];
}[] = [
  { packages: /^(@?hono)(\/|$)/, allowed: ["http", "commands", "context", "examples"] },
  { packages: /^undici$/, allowed: ["connected", "channels"] },
  {
    packages: /^(node:)?https?$/,
    allowed: ["commands", "examples", "conformance", "testing"],
    types: ["http", "sdk"],
  },
  {
    packages: /^(drizzle-orm|postgres|pg)(\/|$)/,
    allowed: ["store", "worker", "examples"],
    types: ["queue"],
  },
  { packages: /^graphile-worker(\/|$)/, allowed: ["queue", "worker", "store", "sdk"] },
  { packages: /^(node:)?process$/, allowed: [] },
  { packages: /^zod(\/|$)/, allowed: ["config"] },
  { packages: /^@aws-sdk\//, allowed: ["blobs"] },
  { packages: /^takeout-sdk(\/|$)/, allowed: ["examples"] },
];

function judgePackage(file: string, name: string, typeOnly: boolean): string[] {
  const room = roomOf(file);
  if (room === "domain") return [`${file}: domain imports ${name}`];
  const broken = packageRules.some(
    ({ packages, allowed, types }) =>
      packages.test(name) && !allowed.includes(room) && !(typeOnly && types?.includes(room)),
  );
  return broken ? [`${file}: ${room} imports ${name}`] : [];
}

function judgeUse(file: string, use: string): string[] {
  const room = roomOf(file);
  if (!file.startsWith("src/")) return [];
  if (use === "process.env" && room !== "config") return [`${file}: reads process.env`];
  if (use === "fetch" && room !== "connected" && room !== "channels")
    return [`${file}: calls fetch`];
  if (room === "domain" && clockAndChance.test(use)) return [`${file}: domain uses ${use}`];
  return [];
}

function judgePlace(file: string): string[] {
  return /^src\/.*index\.ts$/.test(file) ? [`${file}: a barrel`] : [];
}
