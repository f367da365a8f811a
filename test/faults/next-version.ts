import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Edit, plantBugs, type Tree } from "./planted/tree.ts";

/** The migration that the next version brings: columns in two tables in use, an index on one, and a new table. */
const migration = [
  `create table "part_writers" ("deletion_id" uuid primary key, "times" integer not null default 1)`,
  `alter table "parts" add column "written_by" text`,
  `create index "parts_written_by" on "parts" using btree ("written_by", "service")`,
  `alter table "deletions" add column "written_by" text`,
].join(";\n--> statement-breakpoint\n");

/** What its code does with it, wherever a part changes. */
const edits: readonly Edit[] = [
  {
    file: "src/store/write-deletions.ts",
    text: "state = given.state, attempt = given.attempt,",
    instead: "written_by = 'next', state = given.state, attempt = given.attempt,",
  },
  {
    file: "src/store/write-deletions.ts",
    text: "  const ids = written.map(({ read }) => read.id);",
    instead: `  const ids = written.map(({ read }) => read.id);
  await sql\`insert into part_writers as w (deletion_id) select unnest(\${ids}::uuid[])
    on conflict (deletion_id) do update set times = w.times + 1\`;`,
  },
];

interface Journal {
  readonly entries: { readonly when: number; readonly idx: number; readonly tag: string }[];
}

/** A copy of the source as the next version might be: one migration more, and code that needs it. */
export async function createNextVersion(): Promise<Tree> {
  const tree = await plantBugs(edits);
  const folder = join(tree.root, "drizzle");
  const file = join(folder, "meta", "_journal.json");
  const journal = JSON.parse(await readFile(file, "utf8")) as Journal;
  const last = journal.entries.at(-1);
  const tag = "9999_next";
  const entry = { ...last, tag, idx: (last?.idx ?? 0) + 1, when: (last?.when ?? 0) + 1 };
  await writeFile(join(folder, `${tag}.sql`), migration);
  await writeFile(file, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }));
  return tree;
}
