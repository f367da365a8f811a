import { isOpen, nextPartState, type Part, type PartChange } from "../../../src/domain/part.ts";
import type { PlannedCall } from "../../../src/domain/plan.ts";
import type { Report } from "../../../src/domain/report.ts";
import { type Flight, type ModelDeletion, note, type Row, type World } from "./world.ts";

/** The guarantees of the hub that the model is checked against; a violation names the one that broke. */
export const guarantees = {
  doneIsDone: "a part that is deleted is never called again within its deletion",
  oneHolder: "a part whose lease holds is not claimed by another run",
  fence: "the fence sent is the moment of acceptance, the same in every call",
  newerData: "nothing that is newer than the fence is deleted",
  olderAttempt: "an outcome of an older attempt changes nothing",
  olderReport: "what was finished before a deletion was accepted changes nothing of it",
  attemptRises: "every claim has an attempt above all before it",
  lease: "a call is sent only while its lease holds",
  oneOpen: "at most one deletion is open for each user and category",
  table: "every transition is in the table, and begins where the last one ended",
  order: "a service is called after those that it names are done",
  closed: "a category and a deletion are closed exactly when all of their parts are",
  wake: "an open deletion knows when it needs the hub next, a closed one needs it no more",
  awake: "nobody sleeps who could go on: who waited is signalled when what he waited for is done",
  empty: "`empty` is never answered while a part is open, nor because a service was silent",
  erased: "where services tell the truth, what is deleted has nothing left from before the fence",
  ends: "every deletion ends when everything is delivered and time passes",
} as const;

export type Guarantee = keyof typeof guarantees;

export class Violation extends Error {
  readonly guarantee: Guarantee;
  constructor(guarantee: Guarantee, detail: string) {
    super(`${guarantees[guarantee]}: ${detail}`);
    this.guarantee = guarantee;
  }
}

export function demand(isKept: boolean, guarantee: Guarantee, detail: string): void {
  if (!isKept) throw new Violation(guarantee, detail);
}

const nameOf = (part: Part) => `${part.service}/${part.categoryId}`;

/** Looks at every change before it is stored. */
export function checkChanges(
  world: World,
  deletion: ModelDeletion,
  changes: readonly PartChange[],
): void {
  const parts = new Map(deletion.parts.map((part) => [nameOf(part), part]));
  for (const change of changes) {
    const before = parts.get(nameOf(change.part)) as Part;
    if (change.event === "claimed")
      checkClaim(world, deletion, [...parts.values()], before, change);
    const detail = `${deletion.id} ${nameOf(before)}: ${before.state} ${change.event} ${change.part.state}`;
    const isInTable =
      change.event === null
        ? change.part.state === before.state
        : nextPartState(before.state, change.event) === change.part.state;
    demand(isInTable && change.from === before.state, "table", detail);
    demand(change.part.attempt >= before.attempt, "attemptRises", detail);
    parts.set(nameOf(change.part), change.part);
  }
}

function checkClaim(
  world: World,
  deletion: ModelDeletion,
  parts: readonly Part[],
  before: Part,
  { part }: PartChange,
): void {
  const detail = `${deletion.id} ${nameOf(part)}, attempt ${part.attempt}`;
  demand(before.state !== "deleted", "doneIsDone", detail);
  const isHeld = before.leasedUntil !== null && before.leasedUntil > world.now;
  demand(!isHeld, "oneHolder", detail);
  demand(part.attempt > before.attempt, "attemptRises", detail);
  const after = new Set(world.registry.findService(part.service)?.after);
  const isOpenBefore = (other: Part) => after.has(other.service) && isOpen(other.state);
  demand(!parts.some(isOpenBefore), "order", detail);
  const earlier = world.deletions.filter(
    (other) => other.user === deletion.user && other.seq < deletion.seq,
  );
  demand(!earlier.some((other) => other.parts.some(isOpenBefore)), "order", `${detail}, earlier`);
}

export function checkSend(world: World, deletion: ModelDeletion, flight: Flight, to: number): void {
  const detail = `${deletion.id} ${flight.call.service}, attempt ${flight.call.attempt}`;
  demand(to === deletion.fence, "fence", detail);
  const isLate = flight.call.parts.some((part) => (part.leasedUntil ?? 0) <= world.now);
  demand(!isLate, "lease", detail);
}

export function checkErased(rows: readonly Row[], fence: number): void {
  const newer = rows.find((row) => row.createdAt > fence);
  demand(newer === undefined, "newerData", `row of ${newer?.createdAt}, fence ${fence}`);
}

/** What an outcome changed, before anything is planned on it. */
export function checkOutcome(
  deletion: ModelDeletion,
  call: PlannedCall,
  happened: readonly PartChange[],
): void {
  for (const { part } of happened) {
    const before = deletion.parts.find((other) => nameOf(other) === nameOf(part));
    demand(before?.attempt === call.attempt, "olderAttempt", `${deletion.id} ${nameOf(part)}`);
  }
}

/** A report that moves a part. */
export function checkReport({ id, acceptedAt }: ModelDeletion, { completedAt }: Report): void {
  const isOwn = completedAt === null || completedAt >= acceptedAt;
  demand(isOwn, "olderReport", `${id}, accepted ${acceptedAt}, completed ${completedAt}`);
}

/** What must hold between any two steps. */
export function checkWorld(world: World): void {
  const open = new Set<string>();
  for (const deletion of world.deletions) {
    for (const [categoryId, category] of deletion.categories) {
      const detail = `${deletion.id} ${categoryId}`;
      const own = deletion.parts.filter((part) => part.categoryId === categoryId);
      const isPartOpen = own.some((part) => isOpen(part.state));
      demand((category.closedAt === null) === isPartOpen, "closed", detail);
      const isWhollyDeleted = own.every((part) => part.state === "deleted");
      demand((category.deletedAt !== null) === isWhollyDeleted, "closed", `${detail} deleted`);
      if (category.closedAt !== null) continue;
      const key = `${deletion.user}/${categoryId}`;
      demand(!open.has(key), "oneOpen", key);
      open.add(key);
    }
    const isAnyOpen = deletion.parts.some((part) => isOpen(part.state));
    demand((deletion.closedAt === null) === isAnyOpen, "closed", deletion.id);
    demand((deletion.wakeAt !== null) === isAnyOpen, "wake", deletion.id);
    if (!world.isAnybodyLying) checkErasedParts(world, deletion);
  }
}

function checkErasedParts(world: World, deletion: ModelDeletion): void {
  for (const part of deletion.parts) {
    if (part.state !== "deleted") continue;
    const left = world.rows.find(
      (row) =>
        row.user === deletion.user &&
        row.service === part.service &&
        row.categoryId === part.categoryId &&
        row.createdAt <= deletion.fence,
    );
    note(world, "erasure checked");
    demand(left === undefined, "erased", `${deletion.id} ${nameOf(part)}`);
  }
}
