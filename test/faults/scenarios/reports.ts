import { always } from "../always.ts";
import { listUids } from "../client.ts";
import type { Figure, Scenario } from "../scenario.ts";
import { type Seen, tallied } from "../seen.ts";
import { narrowService } from "../storm/kinds.ts";
import { storm } from "../storm/storm.ts";

const deletions = 360;

const atLeast = (name: string, limit: number, key = name): Figure => ({
  name,
  limit: { atLeast: limit },
  of: tallied(key),
});
const none = (name: string, key: string): Figure => ({
  name,
  limit: { atMost: 0 },
  of: tallied(key),
});

export const scenario: Scenario = {
  order: 6,
  name: "reports",
  fault:
    "10,000 reports, doubled, out of order, late and forged, about deletions in every phase, while they run",
  mustShow:
    "each is answered as the contract's table says; only what was taken is kept and does something; " +
    "nothing changes for anybody else",
  setup: {
    services: 6,
    categories: ["1", "2", "3"],
    processes: { serve: 2, work: 2 },
    service: { concurrency: 8, backoff: { first: "1s", max: "4s" } },
    named: {
      "service-2": { concurrency: 2 },
      "service-5": { after: ["service-1"] },
      [narrowService]: { categories: ["1", "2"] },
    },
  },
  mood: "slow",
  load: { deletions, concurrency: 4, perSecond: 4, openAtMost: 60, categories: ["1", "2", "3"] },
  strike: async (act) => {
    await act.stage.services.setMood("silent", ["service-1", "service-3", "service-4"]);
    await storm(act, {
      reports: 10_000,
      concurrency: 12,
      bystanders: 25,
      uids: listUids(deletions),
    });
  },
  strikesUntil: "done",
  figures: [
    atLeast("reports sent", 10_000),
    atLeast("bodies sent again", 2_000),
    ...[atLeast("about parts not called", 100, "not called")],
    atLeast("about parts being called", 100, "being called"),
    atLeast("about accepted parts", 100, "accepted"),
    atLeast("about parts that failed once", 100, "failed once"),
    atLeast("about deleted parts", 100, "deleted"),
    atLeast("about failed parts", 100, "failed"),
    atLeast("about bystanders", 50),
    atLeast("answered 200", 3_000, "answered ok"),
    atLeast("answered 400 bad_request", 100, "answered bad_request"),
    atLeast("answered 400 category_unknown", 100, "answered category_unknown"),
    atLeast("answered 401", 100, "answered service_ticket_invalid"),
    atLeast("answered 403 service_mismatch", 100, "answered service_mismatch"),
    atLeast("answered 403 source_forbidden", 100, "answered source_forbidden"),
    atLeast("answered 409 stale_deletion", 500, "answered stale_deletion"),
    atLeast("reports that moved a part", 100, "moved"),
    { name: "parts deleted after they failed", limit: { atLeast: 5 }, of: countRevived },
    none("answers that the contract does not allow", "wrong answers"),
    none("reports refused and kept, or taken and lost", "wrongly kept"),
    none("reports that did what they may not", "wrongly done"),
    atLeast("bystanders", 10),
    none("bystanders of whom anything changed", "bystanders changed"),
    ...always,
  ],
};

function countRevived({ history: { events } }: Seen): number {
  return events.filter(
    ({ from_state, to_state }) => from_state === "delete_failed" && to_state === "deleted",
  ).length;
}
