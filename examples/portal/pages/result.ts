import type { Refusal, Status } from "../hub/answers.ts";
import type { Notice } from "./notice.ts";

const failures = new Set(["delete_failed", "delete_denied"]);

/** Whether the hub says that nothing is being deleted any more. */
export function isOver(status: Status | Refusal): status is Status {
  if (status.kind !== "ok") return false;
  return status.categories.every(({ state }) => state !== "delete_in_progress");
}

/** What has come of a deletion. */
export function sayResult({ categories, troubles }: Status): Notice {
  if (troubles.some(({ code }) => failures.has(code))) {
    return {
      tone: "bad",
      title: "Not everything could be deleted",
      text: "The list says what stands in the way. What is left you can delete again.",
    };
  }
  const isAllGone = categories.every(({ retained }) => retained.length === 0);
  return {
    tone: "good",
    title: "It is done",
    text: isAllGone
      ? "Every service has deleted what you chose."
      : "Every service has deleted what it may. The list says what must be kept, and why.",
  };
}
