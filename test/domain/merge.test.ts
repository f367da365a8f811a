import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Answers,
  type LedgerEntry,
  type LedgerPart,
  type LedgerView,
  mergeStatus,
  planQuestions,
  type ServiceAnswer,
} from "../../src/domain/merge.ts";
import type { DataState } from "../../src/domain/outcome.ts";
import { closedPartStates } from "../../src/domain/part.ts";
import { registryOf } from "./samples.ts";

const hour = 3_600_000;
const now = 100 * hour;
const registry = registryOf({ name: "orders" }, { name: "realty", categories: ["1"] });
const states = ["empty", "ready_to_delete", "delete_in_progress"] as const;

function lastPart(fields: Partial<LedgerPart> = {}): LedgerPart {
  return {
    state: "deleted",
    closedAt: now - 1,
    wasJoined: false,
    isOfNewestDeletion: true,
    outcome: "erased",
    retainedUntil: null,
    reason: null,
    errorCode: null,
    ...fields,
  };
}

function ledgerOf(
  entries: readonly (Partial<LedgerEntry> & { readonly service: string })[],
  openCategories: readonly string[] = [],
): LedgerView {
  return {
    now,
    categories: ["1", "2"].map((categoryId) => ({
      categoryId,
      isOpen: openCategories.includes(categoryId),
      updatedAt: null,
    })),
    entries: entries.map((entry) => ({
      categoryId: "1",
      lastPart: null,
      ownDeletedAt: null,
      calledOffAt: null,
      ...entry,
    })),
  };
}

/** Every service was asked, and answers for every category with one state; those left out are silent. */
function answersOf(said: Readonly<Record<string, DataState>>): Answers {
  return new Map(
    registry.services.map(({ name: service }) => {
      const state = said[service];
      if (state === undefined) return [service, null];
      const answer: ServiceAnswer = { state, denied: null };
      return [service, new Map(["1", "2"].map((id) => [id, answer]))];
    }),
  );
}

function statusOf(ledger: LedgerView, answers: Answers, trustForMs = hour) {
  const merged = mergeStatus(registry, ledger, answers, trustForMs);
  const category = merged.categories.find(({ id }) => id === "1");
  return { ...merged, state: category?.state, category };
}

describe("who is asked", () => {
  test("without any history every service is asked about its own categories, in one question", () => {
    const questions = planQuestions(registry, ledgerOf([]), hour);
    expect(Object.fromEntries(questions)).toEqual({ orders: ["1", "2"], realty: ["1"] });
  });

  test("an open category asks nobody, and is being deleted whatever anybody says", () => {
    const ledger = ledgerOf([{ service: "realty", ownDeletedAt: now }], ["1"]);
    expect(Object.fromEntries(planQuestions(registry, ledger, hour))).toEqual({ orders: ["2"] });
    for (const state of states) {
      const { state: merged, errors } = statusOf(ledger, answersOf({ orders: state }));
      expect([merged, errors]).toEqual(["delete_in_progress", []]);
    }
  });

  test("a service whose part or own word is current is not asked", () => {
    for (const state of ["deleted", "delete_failed"] as const) {
      const ledger = ledgerOf([{ service: "realty", lastPart: lastPart({ state }) }]);
      expect(planQuestions(registry, ledger, hour).has("realty")).toBe(false);
    }
    const own = ledgerOf([{ service: "realty", ownDeletedAt: now - hour + 1 }]);
    expect(planQuestions(registry, own, hour).has("realty")).toBe(false);
  });

  test("what an operator ended says nothing: its service is asked, and nothing of it is told", () => {
    for (const state of ["cancelled", "resolved"] as const) {
      const ledger = ledgerOf([{ service: "realty", lastPart: lastPart({ state }) }]);
      expect(planQuestions(registry, ledger, Number.POSITIVE_INFINITY).has("realty")).toBe(true);
      const said = answersOf({ orders: "empty", realty: "empty" });
      expect(statusOf(ledger, said).category?.state).toBe("empty");
      const { category, errors } = statusOf(
        ledger,
        answersOf({ orders: "empty", realty: "ready_to_delete" }),
      );
      expect(category).toMatchObject({ state: "ready_to_delete", retained: [] });
      expect(errors).toEqual([]);
    }
  });

  test("a state is believed while younger than `trust_for`, and for ever where so configured", () => {
    const old = ledgerOf([{ service: "realty", lastPart: lastPart({ closedAt: now - hour }) }]);
    expect(planQuestions(registry, old, hour).has("realty")).toBe(true);
    expect(planQuestions(registry, old, hour + 1).has("realty")).toBe(false);
    expect(planQuestions(registry, old, Number.POSITIVE_INFINITY).has("realty")).toBe(false);
    const unknown = ledgerOf([{ service: "realty" }]);
    const questions = planQuestions(registry, unknown, Number.POSITIVE_INFINITY);
    expect(questions.has("realty")).toBe(true);
  });

  test("a deletion that another request joined is never believed: data may have come between", () => {
    for (const state of closedPartStates) {
      const ledger = ledgerOf([
        {
          service: "realty",
          lastPart: lastPart({ state, wasJoined: true }),
          // A plain report of it that came twice passes for the service's own word.
          ownDeletedAt: now,
        },
      ]);
      const questions = planQuestions(registry, ledger, Number.POSITIVE_INFINITY);
      expect(questions.has("realty")).toBe(true);
    }
  });
});

describe("what counts", () => {
  test("the newest word: an own report after a failure is empty, a failure after an own report is not", () => {
    const failed = lastPart({ state: "delete_failed", closedAt: now - 20 });
    const later = ledgerOf([{ service: "realty", lastPart: failed, ownDeletedAt: now - 10 }]);
    expect(statusOf(later, answersOf({ orders: "empty" })).state).toBe("empty");
    const before = ledgerOf([{ service: "realty", lastPart: failed, ownDeletedAt: now - 30 }]);
    expect(statusOf(before, answersOf({ orders: "empty" })).state).toBe("ready_to_delete");
  });

  test("an older word is not believed in place of a newer one that is not trusted", () => {
    const joined = lastPart({ wasJoined: true, closedAt: now - 10 });
    const ledger = ledgerOf([{ service: "realty", lastPart: joined, ownDeletedAt: now - 20 }]);
    expect(planQuestions(registry, ledger, hour).has("realty")).toBe(true);
  });

  test.each(states.flatMap((one) => states.map((other) => [one, other] as const)))(
    "%s and %s: whoever still deletes decides, else whoever still has data",
    (one, other) => {
      const both = [one, other];
      const expected = both.includes("delete_in_progress")
        ? "delete_in_progress"
        : both.includes("ready_to_delete")
          ? "ready_to_delete"
          : "empty";
      const merged = statusOf(ledgerOf([]), answersOf({ orders: one, realty: other }));
      expect(merged.state).toBe(expected);
    },
  );

  test("a silent service counts as ready and is named; one not configured for the category is not missed", () => {
    const { categories, errors } = statusOf(ledgerOf([]), answersOf({ orders: "empty" }));
    expect(categories.map(({ id, state }) => [id, state])).toEqual([
      ["1", "ready_to_delete"],
      ["2", "empty"],
    ]);
    expect(errors).toEqual([
      { code: "service_status_unavailable", categoryId: "1", service: "realty", reason: null },
    ]);
  });

  test("a service that was not asked is blamed for nothing, and still never counts as empty", () => {
    expect(statusOf(ledgerOf([]), new Map())).toMatchObject({
      state: "ready_to_delete",
      errors: [],
    });
  });

  test("an answer that leaves a category out is no answer for it", () => {
    const partial: Answers = new Map([
      ["orders", new Map([["2", { state: "empty", denied: null }]])],
      ["realty", new Map([["1", { state: "empty", denied: null }]])],
    ]);
    expect(statusOf(ledgerOf([]), partial).state).toBe("ready_to_delete");
  });
});

describe("what is told beside the state", () => {
  const bothEmpty = answersOf({ orders: "empty", realty: "empty" });

  test("what lawfully stays is shown until its time has come, and makes nothing ready", () => {
    const kept = lastPart({ outcome: "retained", retainedUntil: now + 1, reason: "tax" });
    const ledger = ledgerOf([{ service: "realty", lastPart: kept }]);
    const { category } = statusOf(ledger, bothEmpty);
    expect(category).toMatchObject({
      state: "empty",
      retained: [{ service: "realty", reason: "tax", until: now + 1 }],
    });
    const over = ledgerOf([{ service: "realty", lastPart: { ...kept, retainedUntil: now } }]);
    expect(statusOf(over, bothEmpty).category?.retained).toEqual([]);
  });

  test("a failure is named until a live `empty` of that service is seen", () => {
    const failed = lastPart({ state: "delete_failed", closedAt: now - 9 * hour });
    const ledger = ledgerOf([{ service: "realty", lastPart: failed }]);
    const failure = { code: "delete_failed", categoryId: "1", service: "realty", reason: null };
    const stillThere = answersOf({ orders: "empty", realty: "ready_to_delete" });
    expect(statusOf(ledger, stillThere).errors).toEqual([failure]);
    expect(statusOf(ledger, bothEmpty).errors).toEqual([]);
    expect(statusOf(ledger, answersOf({ orders: "empty" })).errors).toContainEqual(failure);
  });

  test("a failure of an older deletion than the category's newest is not told any more", () => {
    const failed = lastPart({ state: "delete_failed", isOfNewestDeletion: false });
    const ledger = ledgerOf([{ service: "realty", lastPart: failed }]);
    expect(statusOf(ledger, answersOf({ orders: "empty" })).errors).toEqual([]);
  });

  test("a denial bears its reason, a failed predecessor shows as a failure", () => {
    const denied = lastPart({ state: "delete_failed", errorCode: "delete_denied", reason: "debt" });
    const ledger = ledgerOf([
      { service: "realty", lastPart: denied },
      {
        service: "orders",
        lastPart: lastPart({ state: "delete_failed", errorCode: "predecessor_failed" }),
      },
    ]);
    expect(statusOf(ledger, new Map()).errors).toEqual([
      { code: "delete_failed", categoryId: "1", service: "orders", reason: null },
      { code: "delete_denied", categoryId: "1", service: "realty", reason: "debt" },
    ]);
  });

  test("who would refuse now is named with the reason", () => {
    const refusal: ServiceAnswer = { state: "ready_to_delete", denied: "debt" };
    const nothing: ServiceAnswer = { state: "empty", denied: null };
    const answers: Answers = new Map([
      ["orders", new Map([["1", refusal]])],
      ["realty", new Map([["1", nothing]])],
    ]);
    const { category } = statusOf(ledgerOf([]), answers);
    expect(category?.denied).toEqual([{ service: "orders", reason: "debt" }]);
  });
});

const anyPart = fc.record({
  state: fc.constantFrom("deleted" as const, "delete_failed" as const),
  closedAt: fc.integer({ min: now - 3 * hour, max: now }),
  wasJoined: fc.boolean(),
});
const anyEntry = fc.record({
  part: fc.option(anyPart),
  own: fc.option(fc.integer({ min: now - 3 * hour, max: now })),
});
type EntrySample = typeof anyEntry extends fc.Arbitrary<infer Sample> ? Sample : never;
const anyAnswer = fc.option(fc.constantFrom(...states));

/** The word that the ledger gives for a service, told in the contract's own terms. */
function wordOf(entry: EntrySample, trustForMs: number): DataState | null {
  const { part, own } = entry;
  if (part?.wasJoined) return null;
  const isOwnNewer = own !== null && (part === null || own > part.closedAt);
  const at = isOwnNewer ? own : part?.closedAt;
  if (at === undefined || now - at >= trustForMs) return null;
  return isOwnNewer || part?.state === "deleted" ? "empty" : "ready_to_delete";
}

test("`empty` needs the word of every service: current in the ledger, or given now", () => {
  const check = fc.property(
    fc.tuple(anyEntry, anyEntry),
    fc.tuple(anyAnswer, anyAnswer),
    fc.boolean(),
    fc.constantFrom(hour, Number.POSITIVE_INFINITY),
    (entries, said, isOpen, trustForMs) => {
      const names = ["orders", "realty"] as const;
      const ledger = ledgerOf(
        names.map((service, at) => ({
          service,
          lastPart: entries[at]?.part ? lastPart(entries[at].part) : null,
          ownDeletedAt: entries[at]?.own ?? null,
        })),
        isOpen ? ["1"] : [],
      );
      const given = names.flatMap((name, at) => (said[at] ? [[name, said[at]] as const] : []));
      const { state } = statusOf(ledger, answersOf(Object.fromEntries(given)), trustForMs);
      const asked = planQuestions(registry, ledger, trustForMs);
      const words = entries.map((entry) => wordOf(entry, trustForMs));
      names.forEach((name, at) => {
        const isAsked = asked.get(name)?.includes("1") ?? false;
        expect(isAsked).toBe(!isOpen && words[at] === null);
      });
      const isEveryEmpty = words.every((word, at) => (word ?? said[at]) === "empty");
      expect(state === "empty").toBe(!isOpen && isEveryEmpty);
      expect(state === "delete_in_progress").toBe(
        isOpen || words.some((word, at) => (word ?? said[at]) === "delete_in_progress"),
      );
    },
  );
  fc.assert(check, { numRuns: 3_000 });
});
