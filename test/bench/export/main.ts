// Measures what an export costs: uploads, archives, downloads. `node --conditions=takeout-source test/bench/export/main.ts --help`
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBucket } from "./bucket.ts";
import { describeFigure, type ExportFigure, isMissed } from "./figures.ts";
import { measureArchives, measureMany, measureUploads, measureWhole, type Run } from "./measure.ts";

const help = `Measures what an export costs, beside the library alone and beside zip.

  --gib N,N      how much is uploaded and archived; 1 by default. From the second on only growth is measured
  --rounds N     3 by default
  --only A,B     uploads, archives, whole, many; all by default
  --driver D     fs (default), or s3: against a server that keeps objects on disk
  --folder DIR   where everything is written; data/bench by default`;

const root = join(import.meta.dirname, "..", "..", "..");
const { values } = parseArgs({
  options: {
    gib: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "uploads,archives,whole,many" },
    driver: { type: "string", default: "fs" },
    folder: { type: "string", default: join(root, "data", "bench") },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else process.exitCode = await conclude();

async function conclude(): Promise<number> {
  await mkdir(values.folder, { recursive: true });
  const folder = await mkdtemp(join(values.folder, "export-"));
  const figures: ExportFigure[] = [];
  const wrong: string[] = [];
  try {
    await using place = values.driver === "s3" ? await startBucket(folder) : toFolder(folder);
    for (const [at, gib] of values.gib.split(",").map(Number).entries()) {
      const rounds = at === 0 ? Number(values.rounds) : 1;
      const log = join(values.folder, "export.log");
      await measureAll(
        { folder, gib, rounds, log, say: console.log, place: place.place },
        at === 0,
        {
          figures,
          wrong,
        },
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  for (const each of figures) console.log(describeFigure(each));
  for (const each of wrong) console.error(`WRONG: ${each}`);
  return wrong.length > 0 || figures.some(isMissed) ? 1 : 0;
}

async function measureAll(
  run: Run,
  isFirst: boolean,
  into: { figures: ExportFigure[]; wrong: string[] },
): Promise<void> {
  const only = values.only.split(",");
  const add = ({
    figures,
    wrong,
  }: {
    figures: readonly ExportFigure[];
    wrong: readonly string[];
  }) => {
    into.figures.push(...figures);
    into.wrong.push(...wrong);
  };
  const uploads = await measureUploads(only.includes("uploads") ? run : { ...run, rounds: 1 });
  add(uploads);
  const isFs = run.place.driver === "fs";
  if (isFirst && isFs && only.includes("archives")) add(await measureArchives(run, uploads.kept));
  if (only.includes("whole")) add(await measureWhole(run, uploads.kept));
  if (isFirst && only.includes("many")) add(await measureMany(run));
}

function toFolder(folder: string) {
  const place = { driver: "fs", path: join(folder, "store") } as const;
  return { place, async [Symbol.asyncDispose]() {} };
}
