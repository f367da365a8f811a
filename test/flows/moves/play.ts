import { createGates } from "../../../src/connected/gates.ts";
import { TakeoutError } from "../../../src/domain/errors.ts";
import { isOpen, type Part } from "../../../src/domain/part.ts";
import type { PlannedCall } from "../../../src/domain/plan.ts";
import { advanceDeletion, type CallOutcome } from "../../../src/flows/advance-deletion.ts";
import type { FlowContext } from "../../../src/flows/context.ts";
import { recordReport } from "../../../src/flows/record-report.ts";
import { goesAlone } from "../../../src/store/merge-calls.ts";
import { type Move, moveAlone, moveTogether } from "../../../src/store/move-deletions.ts";
import { canSettle, settlePlainReports } from "../../../src/store/plain-reports.ts";
import { partOf } from "../../domain/samples.ts";
import {
  dumpLedger,
  fillLedger,
  idOf,
  type PlacedPart,
  placeParts,
  type Setting,
} from "./ledger.ts";
import type { DeletionSeed, DriveSeed, OutcomeSeed, ReportSeed, Seed } from "./steps.ts";

/** What a run left and answered, by the place of each input. */
export interface Played {
  readonly ledger: unknown;
  readonly answers: readonly unknown[];
  /** The order in which the inputs were done. */
  readonly order: readonly number[];
  readonly closed: number;
  /** Reports that were settled without their deletion being read. */
  readonly settled: number;
  /** Deletions that these closed. */
  readonly ended: number;
}

type Run = Pick<Played, "order"> &
  Partial<Pick<Played, "settled" | "ended">> & { readonly results: readonly unknown[] };

/** A flow that waits for what its move comes to. */
interface Waiting {
  readonly move: Move<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly answer: Promise<unknown>;
}

/** Does everything in one batch; what is left undone afterwards, one by one. Nothing stays in the database. */
export async function playTogether(
  hub: FlowContext,
  ledger: readonly DeletionSeed[],
  seeds: readonly Seed[],
) {
  return await play(hub, ledger, seeds, async (sql, waiting) => {
    const moves = waiting.map(({ move }) => move);
    const results = await moveTogether(sql, moves, { held: "wait", withOthers: true });
    const left = results.flatMap((result, at) => (result === goesAlone ? [at] : []));
    for (const at of left) results[at] = await moveAlone(sql, moves[at] as Move<unknown>);
    const done = results.flatMap((_result, at) => (left.includes(at) ? [] : [at]));
    return { results, order: [...done, ...left] };
  });
}

/** Settles the plain reports by the statement that closes their parts first, then does the rest in one batch. */
export async function playPlainlyFirst(
  hub: FlowContext,
  ledger: readonly DeletionSeed[],
  seeds: readonly Seed[],
) {
  return await play(hub, ledger, seeds, async (sql, waiting) => {
    const results: unknown[] = [];
    const plain = waiting.flatMap(({ move: { of, plainly } }, at) =>
      plainly && "report" in of && canSettle(of.report)
        ? [{ at, reported: of.report, ...plainly }]
        : [],
    );
    const settled = await settlePlainReports(sql, plain);
    const ended = settled.filter((own) => own && own.closedAfterMs !== null).length;
    const places = plain.flatMap(({ at, resultOf }, place) => {
      const own = settled[place];
      if (!own) return [];
      results[at] = resultOf(own.closedAfterMs);
      return [at];
    });
    const left = waiting.flatMap((_one, at) => (places.includes(at) ? [] : [at]));
    for (const at of left) results[at] = await moveAlone(sql, waiting[at]?.move as Move<unknown>);
    return { results, order: [...places, ...left], settled: places.length, ended };
  });
}

/** Does the same one after the other, in this order. */
export async function playInTurn(
  hub: FlowContext,
  ledger: readonly DeletionSeed[],
  seeds: readonly Seed[],
  order: readonly number[],
) {
  return await play(hub, ledger, seeds, async (sql, waiting) => {
    const results: unknown[] = [];
    for (const at of order) results[at] = await moveAlone(sql, waiting[at]?.move as Move<unknown>);
    return { results, order };
  });
}

async function play(
  hub: FlowContext,
  ledger: readonly DeletionSeed[],
  seeds: readonly Seed[],
  run: (sql: Setting["sql"], waiting: readonly Waiting[]) => Promise<Run>,
): Promise<Played> {
  const context = { ...hub, gates: createGates(hub.registry.services), random: () => 0.5 };
  let closed = 0;
  context.metrics = { ...hub.metrics, deletionClosed: () => (closed += 1) };
  const rolledBack = new Error("rolled back");
  let played: Played | null = null;
  const work = async (sql: Setting["sql"]) => {
    const beganAt = Math.floor(Date.now() / 1_000) * 1_000;
    const setting = { sql, subjects: hub.subjects, beganAt };
    await fillLedger(setting, ledger);
    const aims = placeParts(ledger).filter(({ state }) => isOpen(state));
    const waiting = seeds.map((seed) => begin(context, seed, aims, beganAt));
    const { results, order, settled = 0, ended = 0 } = await run(sql, waiting);
    for (const [at, { resolve }] of waiting.entries()) resolve(results[at]);
    const answers = await Promise.all(waiting.map(({ answer }) => answer));
    played = { ledger: await dumpLedger(setting), answers, order, closed, settled, ended };
    throw rolledBack;
  };
  await hub.store.sql.begin(work).catch((error) => {
    if (error !== rolledBack) throw error;
  });
  if (!played) throw new Error("nothing was played");
  return played;
}

/** Lets a flow run up to its move. */
function begin(
  context: FlowContext,
  seed: Seed,
  aims: readonly PlacedPart[],
  beganAt: number,
): Waiting {
  let move: Move<unknown> | null = null;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const catching: FlowContext = {
    ...context,
    move: async (made) => {
      move = made as Move<unknown>;
      return (await promise) as never;
    },
  };
  const answer = (
    seed.kind === "report"
      ? recordReport(catching, toReport(seed, aims, beganAt)).then(() => "ok")
      : advanceDeletion(catching, toStep(seed)).then(
          (step) =>
            step && { calls: step.calls.map(({ call }) => named(call)), wanting: step.wanting },
        )
  ).catch((error: unknown) => {
    if (error instanceof TakeoutError) return error.code;
    throw error;
  });
  if (!move) throw new Error("the flow made no move");
  return { move, resolve, answer };
}

const named = ({ kind, service, attempt, parts }: PlannedCall) =>
  `${kind} ${service} ${attempt} ${parts.map(({ categoryId }) => categoryId)}`;

function toReport(seed: ReportSeed, aims: readonly PlacedPart[], beganAt: number) {
  const { state, attempt, outcome, isRetriable } = seed;
  const aim = seed.aim === null ? undefined : aims[seed.aim % aims.length];
  const { service, category: categoryId } = aim ?? seed;
  const { uid } = seed.isByUid ? seed : (aim ?? seed);
  const names = aim?.deletion ?? seed.names;
  const deletionId = typeof names === "number" ? idOf(names) : names;
  const completedAt = seed.completedIn === null ? null : beganAt + seed.completedIn;
  const retainedUntil = outcome === "retained" ? beganAt + 86_400_000 : null;
  const report = {
    ...{ state, deletionId, attempt, outcome, isRetriable, completedAt, retainedUntil },
    ...{ reason: outcome === "anonymized" ? "law" : null, to: null },
    errorCode: outcome === "nothing_found" ? "odd" : null,
  };
  const body = Buffer.from(JSON.stringify(seed));
  return { uid, categoryId, service, report, kid: `${service}-1`, body };
}

function toStep({ deletion, outcomes, isPatient }: DriveSeed) {
  const slots = new Map();
  const taken = { outcomes: outcomes.map(toOutcome), slots, isPatient };
  return { deletionId: idOf(deletion), take: () => taken };
}

function toOutcome({ service, kind, attempt }: OutcomeSeed): CallOutcome {
  const parts: Part[] = ["1", "2"].map((categoryId) => partOf({ service, categoryId, attempt }));
  if (kind === "empty" || kind === "unusable") {
    const states =
      kind === "empty"
        ? new Map([
            ["1", "empty"],
            ["2", "empty"],
          ] as const)
        : null;
    return { kind: "status", call: { kind: "status", service, parts, attempt }, states };
  }
  const outcome = {
    accepted: { kind: "accepted" },
    done: { kind: "done", outcome: "erased", retainedUntil: null, reason: null },
    denied: { kind: "denied", reason: "debt" },
    failed: { kind: "failed", code: "http_500", retryAfterMs: 0 },
    refused: { kind: "refused", code: "http_403" },
  } as const;
  return {
    kind: "delete",
    call: { kind: "delete", service, parts, attempt },
    outcome: outcome[kind],
    isProbe: false,
  };
}
