import { lookForLostDeletions, lookForLostRequests, lookForUnasked } from "./acceptance.ts";
import { lookForEmptyByDefault, lookForEmptyWhileOpen } from "./answers.ts";
import {
  lookForBurntAttempts,
  lookForCallsAfterDeleted,
  lookForOddCalls,
  lookForTooManyFailures,
  lookForWrongOrder,
} from "./calls.ts";
import { lookForUnproven } from "./evidence.ts";
import {
  lookForNewerDeleted,
  lookForOlderLeft,
  lookForOtherFences,
  lookForOverreach,
} from "./fences.ts";
import type { Invariant } from "./look.ts";
import { lookForLateResumes, lookForRemains, lookForTraces } from "./recovery.ts";
import {
  lookForOddClosings,
  lookForOddSnapshots,
  lookForOddTransitions,
  lookForOldAttempts,
  lookForOverlaps,
} from "./transitions.ts";

const nothingLost = "nothing accepted is lost";
const doneIsDone = "done is done";
const fence = "nothing newer than the acceptance is touched";
const fencedAttempts = "what an older attempt says changes nothing";
const honestStatus = "empty is said only of what is empty";
const resuming = "a dead worker's work resumes in seconds";
const breakers = "a failing service costs the others nothing";
const forgetting = "the hub forgets";

/** What must hold of every history, whatever raced, failed, stopped or was lost. */
export const invariants = {
  "a request that was answered ok is there, with a deletion of each of its categories": {
    rule: nothingLost,
    unit: "requests",
    look: lookForLostRequests,
  },
  "an accepted deletion has its categories, its parts, and a wake-up while it is open": {
    rule: nothingLost,
    unit: "deletions",
    look: lookForLostDeletions,
  },
  "nothing is deleted that nobody asked for": {
    rule: fence,
    unit: "categories",
    look: lookForUnasked,
  },
  "a part that is deleted is not called again": {
    rule: doneIsDone,
    unit: "calls",
    look: lookForCallsAfterDeleted,
  },
  "one fence in every call of a deletion: the moment of acceptance": {
    rule: fence,
    unit: "calls",
    look: lookForOtherFences,
  },
  "what is newer than the fence stays": {
    rule: fence,
    unit: "newer rows",
    look: lookForNewerDeleted,
  },
  "a row goes by a deletion of its own user, service and category": {
    rule: fence,
    unit: "deleted rows",
    look: lookForOverreach,
  },
  "what is older than the fence is gone where the part is deleted": {
    rule: doneIsDone,
    unit: "older rows",
    look: lookForOlderLeft,
  },
  "attempts never go down, and every claim's is new": {
    rule: fencedAttempts,
    unit: "events",
    look: lookForOldAttempts,
  },
  "every transition is in the table, and begins where the last one ended": {
    rule: fencedAttempts,
    unit: "events",
    look: lookForOddTransitions,
  },
  "at most one deletion of a category is open for a user": {
    rule: "one open deletion of a category",
    unit: "categories",
    look: lookForOverlaps,
  },
  "no part is deleted or accepted without an answer, a report or a status behind it": {
    rule: fencedAttempts,
    unit: "events",
    look: lookForUnproven,
  },
  "an attempt calls a service once, with the parts that were claimed for it": {
    rule: fencedAttempts,
    unit: "calls",
    look: lookForOddCalls,
  },
  "a part fails as often as it may, and no more": {
    rule: breakers,
    unit: "failures",
    look: lookForTooManyFailures,
  },
  "a failure behind an open breaker costs no attempt": {
    rule: breakers,
    unit: "calls",
    look: lookForBurntAttempts,
  },
  "a service is called after those that it names": {
    rule: "identity last",
    unit: "claims",
    look: lookForWrongOrder,
  },
  "what a killed worker had under way goes on in seconds": {
    rule: resuming,
    unit: "parts",
    look: lookForLateResumes,
  },
  "empty is never answered while a part is open": {
    rule: honestStatus,
    unit: "answers",
    look: lookForEmptyWhileOpen,
  },
  "empty is never answered because a service was silent": {
    rule: honestStatus,
    unit: "answers",
    look: lookForEmptyByDefault,
  },
  "no table and no log names a person": {
    rule: forgetting,
    unit: "rows and lines",
    look: lookForTraces,
  },
  "a snapshot lives while it is needed, and no longer": {
    rule: forgetting,
    unit: "deletions",
    look: lookForOddSnapshots,
  },
  "categories and deletions are closed exactly when their parts are": {
    rule: doneIsDone,
    unit: "deletions",
    look: lookForOddClosings,
  },
  "at the end nothing is open, held, or registered without a process": {
    rule: resuming,
    unit: "rows",
    look: lookForRemains,
  },
} as const satisfies Record<string, Invariant>;
