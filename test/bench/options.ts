import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const help = `npm run bench -- [options]

Measures the hub beside a hand-written service, pgbench and bare servers, on one PostgreSQL that keeps its promises,
and writes test/bench/README.md. Ends with 1 when any answer was wrong, and no figure counts then, or when a floor is missed.

  --only NAME     only this; may be given again; writes no report
  --rounds N      how many figures each contender gets; 5
  --turns N       how often it is loaded for one, in turns with the others; 2
  --seconds N     how long each time, three times as long for deletions end to end; 2
  --parts N       parts in the tables before anything is measured; 200000
  --gib N,N       how much the exports are, each size after the other; 1. Four times as much must fit on the disk
  --driver D      where exports lie: fs, or s3 on a server here, which holds them in memory: 0.1 GiB at most; fs
  --quick         everything for a moment: one turn of a second on 20000 parts; writes no report
  --root DIR      another source tree whose hub is measured; writes no report
  --render        writes the report anew from the figures of the last whole run
  --list          what can be measured
  --help          this text`;

export interface Options {
  readonly rounds: number;
  /** In each round. */
  readonly turns: number;
  /** Of a turn. */
  readonly seconds: number;
  readonly parts: number;
  /** Sizes of exports. */
  readonly gib: readonly number[];
  readonly driver: "fs" | "s3";
  readonly isQuick: boolean;
  /** `null`: everything. */
  readonly only: readonly string[] | null;
  readonly root: string;
  /** Whether what comes of it is for the report. */
  readonly isWhole: boolean;
}

export type Wish =
  | { readonly kind: "help" | "list" | "render" }
  | { readonly kind: "fault"; readonly message: string }
  | { readonly kind: "measure"; readonly options: Options };

const most = { rounds: 100, turns: 100, seconds: 60, parts: 10_000_000 } as const;
const mostGibOnDisk = 100;
/** With the archive it is some 200 MB. */
const mostGibInMemory = 0.1;

/** @param known - names that `--only` may bear. */
export function readWish(args: readonly string[], ownRoot: string, known: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true },
      rounds: { type: "string" },
      turns: { type: "string" },
      seconds: { type: "string" },
      parts: { type: "string" },
      gib: { type: "string" },
      driver: { type: "string", default: "fs" },
      quick: { type: "boolean", default: false },
      root: { type: "string" },
      render: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { kind: "help" };
  if (values.list) return { kind: "list" };
  if (values.render) return { kind: "render" };
  const isQuick = values.quick;
  const usual = isQuick
    ? { rounds: 1, turns: 1, seconds: 1, parts: 20_000 }
    : { rounds: 5, turns: 2, seconds: 2, parts: 200_000 };
  const read = (name: keyof typeof usual) => Number(values[name] ?? usual[name]);
  const names = ["rounds", "turns", "seconds", "parts"] as const;
  const [rounds, turns, seconds, parts] = names.map(read) as [number, number, number, number];
  const figures = { rounds, turns, seconds, parts };
  for (const name of names) {
    const isGood = Number.isInteger(figures[name]) && figures[name] >= 1;
    if (!isGood || figures[name] > most[name]) {
      return { kind: "fault", message: `--${name}: an integer from 1 to ${most[name]}` };
    }
  }
  const { driver } = values;
  if (driver !== "fs" && driver !== "s3") return { kind: "fault", message: "--driver: fs or s3" };
  const gib = (values.gib ?? (isQuick || driver === "s3" ? "0.1" : "1")).split(",").map(Number);
  const mostGib = driver === "s3" ? mostGibInMemory : mostGibOnDisk;
  if (!gib.every((each) => each > 0 && each <= mostGib)) {
    return { kind: "fault", message: `--gib: numbers up to ${mostGib}` };
  }
  const unknown = (values.only ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return { kind: "fault", message: `nothing is called ${unknown.join(", ")}` };
  const isOther = values.root ?? values.gib ?? values.only;
  const isWhole = !isQuick && isOther === undefined && driver === "fs";
  const root = resolve(values.root ?? ownRoot);
  return {
    kind: "measure",
    options: { ...figures, gib, driver, isQuick, only: values.only ?? null, root, isWhole },
  };
}
