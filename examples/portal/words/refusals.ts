import type { Refusal } from "../hub/answers.ts";

/** What went wrong, and what to do. */
export interface Explanation {
  readonly title: string;
  readonly advice: string;
}

type Wish = "status" | "delete" | "export";

const ticketRefused = {
  title: "The hub does not know this portal",
  advice:
    "It did not accept the portal's ticket, so nothing was done. The portal's public key must stand in the hub's configuration, and the clocks of both must agree.",
};

const maybeRecorded =
  "Your wish may or may not have been recorded. Press Delete again in a moment: it is never done twice.";

const tryCopyAgain =
  "Try again in a moment: one copy is collected at a time, however often you ask.";

const busy: Readonly<Record<Wish, Explanation>> = {
  status: {
    title: "The hub cannot tell what is stored just now",
    advice: "It usually can a moment later. Nothing is lost: what is being deleted goes on.",
  },
  delete: { title: "The hub could not confirm the deletion", advice: maybeRecorded },
  export: { title: "The hub cannot say how your copy is just now", advice: tryCopyAgain },
};

const silent: Readonly<Record<Wish, Explanation>> = {
  status: {
    title: "The hub does not answer",
    advice:
      "It may be starting, or stopped. What it has promised to delete it deletes when it is back.",
  },
  delete: { title: "The hub does not answer", advice: maybeRecorded },
  export: { title: "The hub does not answer", advice: tryCopyAgain },
};

const byCode: Readonly<Record<string, Explanation>> = {
  service_ticket_missing: ticketRefused,
  service_ticket_invalid: ticketRefused,
  user_ticket_missing: ticketRefused,
  user_ticket_invalid: ticketRefused,
  source_forbidden: {
    title: "This portal may not do that",
    advice:
      "The hub knows the portal, but has not given it this right, so nothing was done. Add it to the portal's “allow” in the hub's configuration.",
  },
  category_unknown: {
    title: "One of these categories no longer exists",
    advice: "Nothing was deleted. Go back, and choose again.",
  },
  category_missing: { title: "Nothing is chosen", advice: "Choose at least one category." },
  request_id_conflict: {
    title: "This form was already used for other categories",
    advice: "Look at the list below, and press Delete if you mean it.",
  },
  identity_unavailable: {
    title: "Your accounts could not be looked up",
    advice: `A deletion starts only when all of them are known. ${maybeRecorded}`,
  },
  archive_not_ready: {
    title: "There is no archive yet",
    advice: "Go back, and see how far it is.",
  },
  export_expired: {
    title: "That copy is no longer kept",
    advice: "Go back, and order another one.",
  },
};

const blindCopy = {
  title: "Your accounts could not be looked up",
  advice: `A copy is collected only when all of them are known. ${tryCopyAgain}`,
};

const notUnderstood: Readonly<Record<Wish, string>> = {
  status: "Try again in a moment. If it stays so, look at the hub's log.",
  delete: maybeRecorded,
  export: tryCopyAgain,
};

/** A refusal of the hub in plain words; one that nobody foresaw gets honest ones too. */
export function explainRefusal(refusal: Refusal, wish: Wish): Explanation {
  const { code, httpStatus } = refusal;
  if (code === "no_answer") return silent[wish];
  if (code === "delete_denied") return explainDenial(refusal);
  if (code === "rate_limited" || httpStatus === 429) return explainLimit(refusal, wish);
  if (code === "identity_unavailable" && wish === "export") return blindCopy;
  const known = Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  if (known) return known;
  if (httpStatus === 503) return busy[wish];
  return {
    title: "The hub gave an answer that this portal does not understand",
    advice: notUnderstood[wish],
  };
}

function explainDenial({ reason }: Refusal): Explanation {
  const isDebt = reason === "debt";
  return {
    title: "Deletion is refused for now",
    advice: isDebt
      ? "There is a debt. Settle it, then delete; until then everything stays as it is."
      : "Nothing was deleted. Ask support what stands in the way, then try again.",
  };
}

function explainLimit({ retryAfterSeconds }: Refusal, wish: Wish): Explanation {
  const seconds = retryAfterSeconds ?? 1;
  const wait = seconds > 1 ? `${seconds} seconds` : "a second";
  const what = wish === "delete" ? "Nothing was started. Wait" : "Wait";
  return { title: "That was a little too fast", advice: `${what} ${wait}, then try again.` };
}
