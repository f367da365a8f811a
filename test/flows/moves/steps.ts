import fc from "fast-check";
import type { Outcome, PartState } from "../../../src/domain/part.ts";

/** What may stand in the ledger and what may come for it: small numbers that the world turns into rows and calls. */

export const uids = ["7001", "7002"] as const;
/** Another uid of the first one. */
export const alias = "7009";
export const categories = ["1", "2"] as const;
export const services = ["orders", "realty", "maps"] as const;

export interface PartSeed {
  readonly state: PartState;
  readonly attempt: number;
  readonly failures: number;
  /** In ms from the beginning. */
  readonly dueIn: number;
  readonly lease: number | null;
  readonly isParked: boolean;
  readonly outcome: Outcome;
}

export interface DeletionSeed {
  readonly user: number;
  readonly categories: readonly (typeof categories)[number][];
  readonly parts: readonly PartSeed[];
  /** So many parts may be open; the others are done. */
  readonly mostOpen: number;
  readonly losses: number;
  readonly isAliased: boolean;
}

export interface ReportSeed {
  readonly kind: "report";
  /** Which of the open parts it is about, and names; `null`: what follows says that. */
  readonly aim: number | null;
  readonly uid: string;
  readonly service: (typeof services)[number] | "stranger";
  readonly category: (typeof categories)[number];
  /** Which of the deletions it names; `null`: none, or a nonsense. */
  readonly names: number | null | "nonsense";
  readonly state: "deleted" | "delete_failed";
  readonly attempt: number | null;
  readonly outcome: Outcome;
  readonly isRetriable: boolean;
  /** In ms from the beginning. */
  readonly completedIn: number | null;
}

export interface OutcomeSeed {
  readonly service: (typeof services)[number];
  readonly kind: "accepted" | "done" | "denied" | "failed" | "refused" | "empty" | "unusable";
  readonly attempt: number;
}

export interface DriveSeed {
  readonly kind: "drive";
  readonly deletion: number;
  readonly outcomes: readonly OutcomeSeed[];
  readonly isPatient: boolean;
}

export type Seed = ReportSeed | DriveSeed;

const state = fc.constantFrom<PartState>(
  ...(["waiting", "due", "due", "calling", "calling", "accepted", "accepted", "deleted"] as const),
  ...(["delete_failed", "cancelled", "resolved"] as const),
);
const outcome = fc.constantFrom<Outcome>("erased", "anonymized", "retained", "nothing_found");
const minute = 60_000;

const part: fc.Arbitrary<PartSeed> = fc.record({
  state,
  attempt: fc.integer({ min: 1, max: 2 }),
  failures: fc.nat({ max: 2 }),
  dueIn: fc.constantFrom(-minute, minute, 60 * minute),
  lease: fc.constantFrom(null, -minute, minute),
  isParked: fc.boolean(),
  outcome,
});

export const anyLedger: fc.Arbitrary<DeletionSeed[]> = fc.array(
  fc.record({
    user: fc.nat({ max: uids.length - 1 }),
    categories: fc.subarray([...categories], { minLength: 1 }),
    parts: fc.array(part, {
      minLength: categories.length * services.length,
      maxLength: categories.length * services.length,
    }),
    mostOpen: fc.constantFrom(0, 1, 2, 3, 6),
    losses: fc.constantFrom(0, 3, 25),
    isAliased: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

const report: fc.Arbitrary<ReportSeed> = fc.record({
  kind: fc.constant("report"),
  aim: fc.option(fc.nat({ max: 20 }), { freq: 2 }),
  uid: fc.constantFrom(...uids, ...uids, alias),
  service: fc.constantFrom(...services, ...services, "stranger"),
  category: fc.constantFrom(...categories),
  names: fc.oneof(fc.nat({ max: 5 }), fc.constantFrom(null, null, "nonsense" as const)),
  state: fc.constantFrom("deleted", "deleted", "delete_failed"),
  attempt: fc.constantFrom(null, 1, 2),
  outcome,
  isRetriable: fc.boolean(),
  completedIn: fc.constantFrom(null, -120 * minute, -minute, minute),
});

const drive: fc.Arbitrary<DriveSeed> = fc.record({
  kind: fc.constant("drive"),
  deletion: fc.nat({ max: 5 }),
  outcomes: fc.array(
    fc.record({
      service: fc.constantFrom(...services),
      kind: fc.constantFrom(
        ...(["accepted", "done", "denied", "failed", "refused", "empty", "unusable"] as const),
      ),
      attempt: fc.integer({ min: 1, max: 2 }),
    }),
    { maxLength: 3 },
  ),
  isPatient: fc.boolean(),
});

/** In order of arrival; what is repeated is the same word for word. */
export const anySeeds: fc.Arbitrary<Seed[]> = fc
  .array(fc.tuple(fc.oneof(report, report, drive), fc.option(fc.nat(), { freq: 4 })), {
    minLength: 1,
    maxLength: 14,
  })
  .map((drawn) =>
    drawn.map(([seed, repeats], at) =>
      repeats === null || at === 0 ? seed : (drawn[repeats % at]?.[0] ?? seed),
    ),
  );

const acceptedPart: PartSeed = {
  ...{ state: "accepted", attempt: 1, failures: 0, dueIn: minute, lease: null, isParked: false },
  outcome: "erased",
};
const doneReport: ReportSeed = {
  ...{ kind: "report", aim: 0, uid: uids[0], service: "orders", category: "1", names: null },
  ...{ state: "deleted", attempt: 1, outcome: "erased", isRetriable: true, completedIn: null },
};

/** The last part of a category closes, and the same service tells of an older deletion of its own. */
export const closingAndOwn: [DeletionSeed[], Seed[]] = [
  [
    {
      ...{ user: 0, categories: ["1"], mostOpen: 1, losses: 0, isAliased: false },
      parts: Array.from({ length: categories.length * services.length }, () => acceptedPart),
    },
  ],
  [doneReport, { ...doneReport, aim: null, attempt: null, completedIn: -120 * minute }],
];
