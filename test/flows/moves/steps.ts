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
  /** Whether it was accepted longer ago than deletions may take. */
  readonly isOverdue: boolean;
}

export interface ReportSeed {
  readonly kind: "report";
  /** Which of the open parts it is about, and names; `null`: what follows says that. */
  readonly aim: number | null;
  readonly uid: string;
  /** Whether it bears this uid also where it is aimed. */
  readonly isByUid: boolean;
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

const partIn = (states: fc.Arbitrary<PartState>): fc.Arbitrary<PartSeed> =>
  fc.record({
    state: states,
    attempt: fc.integer({ min: 1, max: 2 }),
    failures: fc.nat({ max: 2 }),
    dueIn: fc.constantFrom(-minute, minute, 60 * minute),
    lease: fc.constantFrom(null, -minute, minute),
    isParked: fc.boolean(),
    outcome,
  });

const partsIn = (states: fc.Arbitrary<PartState>) =>
  fc.array(partIn(states), {
    minLength: categories.length * services.length,
    maxLength: categories.length * services.length,
  });

const deletion: fc.Arbitrary<DeletionSeed> = fc.record({
  user: fc.nat({ max: uids.length - 1 }),
  categories: fc.subarray([...categories], { minLength: 1 }),
  parts: partsIn(state),
  mostOpen: fc.constantFrom(0, 1, 2, 3, 6),
  losses: fc.constantFrom(0, 3, 25),
  isAliased: fc.boolean(),
  isOverdue: fc.constant(false),
});

export const anyLedger: fc.Arbitrary<DeletionSeed[]> = fc.array(deletion, {
  minLength: 1,
  maxLength: 6,
});

const mostlyCalled = fc.constantFrom<PartState>(
  ...(["due", "calling", "accepted", "accepted", "deleted", "deleted"] as const),
);

/** Deletions of which most go on without the next report, and some not, for any of the reasons. */
export const anyRunningLedger: fc.Arbitrary<DeletionSeed[]> = fc.array(
  fc
    .tuple(deletion, partsIn(mostlyCalled), partsIn(state), fc.nat({ max: 11 }))
    .map(([drawn, called, any, which]) => ({
      ...drawn,
      parts:
        which === 0 ? any : which === 1 ? withFailure(called) : which > 6 ? erased(called) : called,
      mostOpen: which === 2 ? drawn.mostOpen : which > 5 ? 1 + (which % 3) : 6,
      losses: which === 3 ? drawn.losses : 0,
      isOverdue: which === 4,
    })),
  { minLength: 1, maxLength: 3 },
);

/** The first service of all, which another one waits for, has failed. */
function withFailure(parts: readonly PartSeed[]): PartSeed[] {
  return parts.map((one, at) =>
    at % services.length === 0 ? { ...one, state: "delete_failed" } : one,
  );
}

/** Such as let their deletion close with the next reports. */
function erased(parts: readonly PartSeed[]): PartSeed[] {
  return parts.map((one) => ({ ...one, outcome: "erased" }));
}

const report: fc.Arbitrary<ReportSeed> = fc.record({
  kind: fc.constant("report"),
  aim: fc.option(fc.nat({ max: 20 }), { freq: 2 }),
  uid: fc.constantFrom(...uids, ...uids, alias),
  isByUid: fc.constant(false),
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

const doneAtAim: fc.Arbitrary<ReportSeed> = fc
  .tuple(report, fc.nat({ max: 20 }), fc.nat({ max: 5 }))
  .map(([drawn, aim, which]) => ({ ...drawn, aim, state: "deleted", isByUid: which === 0 }));

/** In order of arrival; what is repeated is the same word for word. */
export const anySeeds = seedsOf(fc.oneof(report, report, drive), { newOf: 4 });
/** Mostly such as close one part. */
export const anyDoneSeeds = seedsOf(fc.oneof(doneAtAim, doneAtAim, doneAtAim, report), {
  newOf: 2,
});

/** @param newOf - one of so many is new; the others repeat one that came before. */
function seedsOf(
  seed: fc.Arbitrary<Seed>,
  { newOf }: { readonly newOf: number },
): fc.Arbitrary<Seed[]> {
  const drawing = fc.tuple(seed, fc.option(fc.nat(), { freq: newOf }));
  return fc
    .array(drawing, { minLength: 1, maxLength: 14 })
    .map((drawn) =>
      drawn.map(([one, repeats], at) =>
        repeats === null || at === 0 ? one : (drawn[repeats % at]?.[0] ?? one),
      ),
    );
}

const acceptedPart: PartSeed = {
  ...{ state: "accepted", attempt: 1, failures: 0, dueIn: minute, lease: null, isParked: false },
  outcome: "erased",
};
const doneReport: ReportSeed = {
  ...{ kind: "report", aim: 0, uid: uids[0], isByUid: false, service: "orders", category: "1" },
  names: null,
  ...{ state: "deleted", attempt: 1, outcome: "erased", isRetriable: true, completedIn: null },
};

/** The last part of a category closes, and the same service tells of an older deletion of its own. */
export const closingAndOwn: [DeletionSeed[], Seed[]] = [
  [
    {
      ...{ user: 0, categories: ["1"], mostOpen: 1, losses: 0, isAliased: false },
      isOverdue: false,
      parts: Array.from({ length: categories.length * services.length }, () => acceptedPart),
    },
  ],
  [doneReport, { ...doneReport, aim: null, attempt: null, completedIn: -120 * minute }],
];

/** The last two parts of a category are reported in the same moment. */
export const lastTwoAtOnce: [DeletionSeed[], Seed[]] = [
  [
    {
      ...{ user: 0, categories: ["1"], mostOpen: 2, losses: 0, isAliased: false, isOverdue: false },
      parts: Array.from({ length: categories.length * services.length }, (_, at) =>
        at === 0 ? { ...acceptedPart, state: "deleted" } : acceptedPart,
      ),
    },
  ],
  [doneReport, { ...doneReport, aim: 1 }],
];

/** The last part of one category, while another goes on without the part that is reported in the same moment. */
export const lastOfOneCategory: [DeletionSeed[], Seed[]] = [
  [
    {
      ...{ user: 0, categories: ["1", "2"], mostOpen: 6, losses: 0, isAliased: false },
      isOverdue: false,
      parts: Array.from({ length: categories.length * services.length }, (_, at) =>
        at < services.indexOf("maps") ? { ...acceptedPart, state: "deleted" } : acceptedPart,
      ),
    },
  ],
  [doneReport, { ...doneReport, aim: 2 }],
];
