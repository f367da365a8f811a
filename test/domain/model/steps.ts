import fc from "fast-check";
import { deadlineMs } from "./hub.ts";
import { reactions } from "./services.ts";

const user = fc.constantFrom("alice", "bob");
const category = fc.constantFrom("1", "2");
/** Chooses among what there is. */
const pick = fc.nat({ max: 9 });
const random = fc.constantFrom(0, 0.3, 0.99);
const access = fc.constantFrom("call" as const, "call" as const, "wait" as const, "park" as const);
const kind = <Kind extends string>(name: Kind) => fc.constant(name);

const kinds = {
  request: fc.record({
    kind: kind("request"),
    user,
    categories: fc.constantFrom(["1"], ["2"], ["1", "2"]),
  }),
  row: fc.record({ kind: kind("row"), user, category, pick }),
  drive: fc.record({ kind: kind("drive"), pick, access }),
  unpark: fc.record({ kind: kind("unpark"), pick }),
  send: fc.record({
    kind: kind("send"),
    pick,
    reaction: fc.constantFrom(...reactions, "obeys" as const, "obeys" as const),
  }),
  answer: fc.record({ kind: kind("answer"), pick, random, isExcused: fc.boolean(), access }),
  lose: fc.record({ kind: kind("lose"), pick }),
  work: fc.record({
    kind: kind("work"),
    pick,
    how: fc.constantFrom("deleted" as const, "failed" as const, "failed for good" as const),
  }),
  report: fc.record({
    kind: kind("report"),
    pick,
    random,
    form: fc.constantFrom("full" as const, "full" as const, "plain" as const, "bare" as const),
  }),
  forge: fc.record({
    kind: kind("forge"),
    user,
    category,
    pick,
    state: fc.constantFrom("deleted" as const, "delete_failed" as const),
    attempt: fc.constantFrom(null, 0, 1, 2, 9),
    isFenced: fc.boolean(),
  }),
  operate: fc.record({
    kind: kind("operate"),
    pick,
    service: pick,
    how: fc.constantFrom(
      "cancel" as const,
      "resolved" as const,
      "cancelled" as const,
      ...["retry" as const, "retry" as const, "retry" as const],
    ),
  }),
  time: fc.record({
    kind: kind("time"),
    ms: fc.constantFrom<number>(1, 600, 2_600, 16_000, 61_000, 3_600_000),
  }),
  status: fc.record({ kind: kind("status"), user, silent: fc.nat({ max: 15 }) }),
};

/** What can happen next, anywhere. */
export const anyStep = fc.oneof(
  { weight: 3, arbitrary: kinds.request },
  { weight: 2, arbitrary: kinds.row },
  { weight: 5, arbitrary: kinds.drive },
  { weight: 2, arbitrary: kinds.unpark },
  { weight: 6, arbitrary: kinds.send },
  { weight: 5, arbitrary: kinds.answer },
  { weight: 2, arbitrary: kinds.lose },
  { weight: 4, arbitrary: kinds.work },
  { weight: 4, arbitrary: kinds.report },
  { weight: 1, arbitrary: kinds.forge },
  { weight: 1, arbitrary: kinds.operate },
  { weight: 5, arbitrary: kinds.time },
  { weight: 2, arbitrary: kinds.status },
);
export type Step = typeof anyStep extends fc.Arbitrary<infer Each> ? Each : never;
export type StepOf<Kind extends Step["kind"]> = Extract<Step, { kind: Kind }>;

/** So long that whatever is open ends by its deadline. */
export const longSilence: Step = { kind: "time", ms: deadlineMs };

const four = [0, 1, 2, 3] as const;

/** What leads to a failure that an operator has tried again, with reports of the first deletion still about. */
export const untilRetried: readonly Step[] = [
  { kind: "request", user: "alice", categories: ["1"] },
  // In the second round those are called who wait for services of the first.
  ...[1, 2].flatMap((): Step[] => [
    { kind: "drive", pick: 0, access: "call" },
    ...four.map((): Step => ({ kind: "send", pick: 0, reaction: "obeys" })),
    ...four.map(
      (): Step => ({ kind: "answer", pick: 0, random: 0, isExcused: false, access: "call" }),
    ),
    ...four.map((): Step => ({ kind: "work", pick: 0, how: "failed for good" })),
    ...four.map((pick): Step => ({ kind: "report", pick, random: 0, form: "full" })),
  ]),
  { kind: "operate", pick: 0, service: 0, how: "retry" },
  { kind: "drive", pick: 1, access: "call" },
];
