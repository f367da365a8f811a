import { html } from "hono/html";
import type { Category, DataState, Trouble } from "../hub/answers.ts";
import type { Html } from "../pages/html.ts";
import { showDay, showMoment } from "./instants.ts";
import { humanise } from "./names.ts";

/** One sentence about a category, and how much it matters. */
export interface Line {
  readonly tone: "plain" | "kept" | "warning" | "error";
  readonly text: Html;
}

const states: Readonly<Record<DataState, string>> = {
  empty: "Nothing is stored",
  ready_to_delete: "Ready to delete",
  delete_in_progress: "Being deleted…",
};

/** The state in two words; what must be kept is stored, and yet there is nothing to delete. */
export function nameState({ state, retained }: Category): string {
  return state === "empty" && retained.length > 0 ? "Nothing to delete" : states[state];
}

/** Why a service would refuse, and what the user can do about it. */
const refusals: Readonly<Record<string, string>> = {
  debt: "you owe money there. Settle it, then delete",
  court_order: "a court has ordered that it be kept",
  unspecified: "it does not say why",
};

const grounds: Readonly<Record<string, string>> = {
  authorship: "somebody may have to answer for what was written",
  credit_records: "the law on credit records",
  fraud_block: "a block against fraud",
  tax_law: "tax law",
  unspecified: "a reason it does not name",
};

/** Everything worth saying about a category beyond its state. */
export function explainCategory(
  category: Category,
  troubles: readonly Trouble[],
  titleOf: (service: string) => string,
): Line[] {
  const own = troubles.filter(({ categoryId }) => categoryId === category.id);
  return [
    ...(category.updatedAt
      ? [line("plain", html`Last deleted on ${showMoment(category.updatedAt)}.`)]
      : []),
    ...category.retained.map(({ service, reason, until }) => {
      const end = until ? html` until ${showDay(until)}` : html``;
      const ground = wordsFor(grounds, reason);
      return line("kept", html`${titleOf(service)} must keep a part${end}: ${ground}.`);
    }),
    ...category.denied.map(({ service, reason }) =>
      line("warning", html`${titleOf(service)} would refuse now: ${wordsFor(refusals, reason)}.`),
    ),
    ...own.map((trouble) => explainTrouble(trouble, category, titleOf)),
  ];
}

function explainTrouble(
  { code, service, reason }: Trouble,
  category: Category,
  titleOf: (service: string) => string,
): Line {
  const who = service === null ? "A service" : titleOf(service);
  const isDeniedStill = category.denied.some((denied) => denied.service === service);
  if (code === "delete_denied") {
    const why = isDeniedStill ? "" : `: ${wordsFor(refusals, reason)}`;
    return line("error", html`${who} refused to delete its share${why}.`);
  }
  if (code === "service_status_unavailable") {
    return line("warning", html`${who} did not answer, so it may hold something.`);
  }
  if (code === "delete_failed") {
    return line("error", html`${who} has not deleted its share. Try again.`);
  }
  return line("error", html`${who} reports a problem: ${humanise(code).toLowerCase()}.`);
}

function line(tone: Line["tone"], text: Html): Line {
  return { tone, text };
}

function wordsFor(table: Readonly<Record<string, string>>, code: string | null): string {
  const key = code ?? "unspecified";
  const known = Object.hasOwn(table, key) ? table[key] : undefined;
  return known ?? humanise(key).toLowerCase();
}
