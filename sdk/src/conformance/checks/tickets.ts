import { Breaches } from "../breach.ts";
import { type Answer, describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { newDeletion } from "../deletion.ts";
import { type Handler, handlers, type Kit } from "../kit.ts";
import { expectStates } from "../states.ts";
import type { TicketChange } from "../ticket-maker.ts";

/** Tickets that must be refused, by what is wrong with them. */
type BadTickets = Readonly<Record<string, (kit: Kit) => TicketChange | string | null>>;

const changed =
  (change: TicketChange): (() => TicketChange) =>
  () =>
    change;
const header = (members: TicketChange["header"] & object) => changed({ header: members });
const payload = (members: TicketChange["payload"] & object) => changed({ payload: members });
const seconds = (shift: number) => Math.floor(Date.now() / 1000) + shift;
const times = (iat: number, exp: number): (() => TicketChange) => {
  return () => ({ payload: { iat: seconds(iat), exp: seconds(exp) } });
};

function refuses(
  name: string,
  duty: string,
  tickets: BadTickets,
  lookAt: string,
  more: Partial<Check> = {},
): Check {
  return {
    name,
    duty,
    source: "contract section 3",
    phase: "door",
    needs: ["ticket-required"],
    run: (kit) => expectRefusals(kit, tickets, lookAt),
    ...more,
  };
}

async function expectRefusals(kit: Kit, tickets: BadTickets, lookAt: string): Promise<void> {
  const breaches = new Breaches();
  for (const [fault, make] of Object.entries(tickets)) {
    for (const handler of handlers) {
      const answer = await callWith(kit, handler, make(kit));
      if (isAnswer(answer, 401)) continue;
      breaches.add({
        expected: `${handler} with a ticket ${fault} is refused with 401`,
        happened: describe(answer),
        lookAt,
      });
    }
  }
  breaches.throwIfAny();
}

function callWith(
  kit: Kit,
  handler: Handler,
  change: TicketChange | string | null,
): Promise<Answer> {
  const ticket = typeof change === "object" && change ? kit.tickets.make(change) : change;
  return kit.call(handler, bodyFor(kit, handler), { ticket });
}

/** Good for each handler: fields that one does not know are to be ignored. */
function bodyFor(kit: Kit, handler: Handler): object {
  const user = kit.user();
  const deletion = newDeletion(user, { categories: kit.categories });
  if (handler !== "export") return deletion.body();
  const jobId = crypto.randomUUID();
  return {
    ...deletion.body(),
    job_id: jobId,
    upload_url: `${kit.hub.origin}/takeout/exports/${jobId}/files/`,
    deadline: new Date(Date.now() + 3_600_000).toISOString(),
  };
}

const ticketRequired: Check = {
  name: "ticket-required",
  duty: "A call without a ticket, or with something that is none, is refused and does nothing.",
  source: "contract section 3",
  phase: "door",
  async run(kit) {
    const none: BadTickets = {
      "that is missing": () => null,
      "that is empty": () => "",
      "that is no JWS": () => "let-me-in",
      "of three parts without meaning": () => "e30.e30.AAAA",
    };
    await expectRefusals(
      kit,
      none,
      "the check of X-Ya-Service-Ticket before anything else is done",
    );
    if (kit.hasHook.seed) await expectUntouched(kit);
  },
};

/** A refusal that comes after the work is none. */
async function expectUntouched(kit: Kit): Promise<void> {
  const user = kit.user();
  await kit.seed(user, new Date(Date.now() - 3_600_000));
  const deletion = newDeletion(user, { categories: kit.categories });
  await kit.call("delete", deletion.body(), { ticket: null });
  await expectStates(kit, user, "ready_to_delete", {
    because: "the delete call bore no ticket, and one row had been seeded before",
    lookAt:
      "the order of things in the delete handler: the ticket comes first (or --seed made no row)",
  });
}

const ticketSkew: Check = {
  name: "ticket-skew",
  duty: "A ticket is accepted though the clocks differ by up to 30 seconds.",
  source: "contract section 3",
  phase: "door",
  async run(kit) {
    const breaches = new Breaches();
    const tickets = {
      "made 20 s ahead of the clock": times(20, 600),
      "that expired 20 s ago": times(-600, -20),
    };
    for (const [what, make] of Object.entries(tickets)) {
      const answer = await callWith(kit, "status", make());
      if (isAnswer(answer, 200)) continue;
      breaches.add({
        expected: `a ticket ${what} is accepted`,
        happened: describe(answer),
        lookAt: "the tolerance for `iat` and `exp`: 30 seconds (and this machine's clock)",
      });
    }
    breaches.throwIfAny();
  },
};

export const ticketChecks: readonly Check[] = [
  ticketRequired,
  refuses(
    "ticket-signature",
    "A ticket that the hub's key did not sign is refused.",
    {
      "signed by a stranger under the hub's `kid`": changed({ signedBy: "stranger" }),
      "signed by a key that nobody knows": changed({
        signedBy: "stranger",
        header: { kid: "a-key-that-nobody-knows" },
      }),
      "whose content was changed afterwards": changed({ alteredTo: { note: "changed" } }),
    },
    "the check of the signature, with the key set of the hub alone",
  ),
  refuses(
    "ticket-audience",
    "A ticket made out to another service is refused: `aud` is the service's own name, one string.",
    {
      "for another service": payload({ aud: "some-other-service" }),
      "for a service of almost the same name": ({ service }) => ({
        payload: { aud: `${service}x` },
      }),
      "for nobody": payload({ aud: undefined }),
      "for a list of services": ({ service }) => ({
        payload: { aud: [service, "some-other-service"] },
      }),
    },
    "the check of `aud`: equal to the service's own name",
  ),
  refuses(
    "ticket-issuer",
    "A ticket of anybody but the hub is refused: `iss` and `sub` are the hub's name.",
    {
      "issued by another client": payload({ iss: "stranger", sub: "stranger" }),
      "without an issuer": payload({ iss: undefined }),
      "whose `sub` is somebody else": payload({ sub: "stranger" }),
    },
    "the check of `iss` and `sub`: both are the hub's name",
  ),
  refuses(
    "ticket-type",
    "Only a service ticket is accepted: the header `typ` is `service-ticket+jwt`.",
    {
      "that is a user ticket": header({ typ: "user-ticket+jwt" }),
      "that is some other JWT": header({ typ: "JWT" }),
      "without a type": header({ typ: undefined }),
    },
    "the check of the header `typ`",
  ),
  refuses(
    "ticket-algorithm",
    "No algorithm but EdDSA and ES256 is accepted.",
    {
      "without a signature (`alg: none`)": changed({ header: { alg: "none" }, signedBy: "none" }),
      "signed with a shared secret (`alg: HS256`)": changed({
        header: { alg: "HS256" },
        signedBy: "shared",
      }),
    },
    "the list of allowed algorithms",
  ),
  refuses(
    "ticket-header",
    "A ticket that brings its own key, names none, or has an unknown `crit` is refused.",
    {
      "without `kid`": header({ kid: undefined }),
      "with `jku`": header({ jku: "https://stranger.example/jwks.json" }),
      "with `x5u`": header({ x5u: "https://stranger.example/cert.pem" }),
      "with `jwk`": ({ tickets }) => ({ header: { jwk: tickets.jwks.keys[0] } }),
      "with an unknown `crit`": header({ crit: ["conform"], conform: true }),
    },
    "the check of the ticket's header, before any key is looked for",
  ),
  refuses(
    "ticket-lifetime",
    "A ticket that has expired, is not valid yet, or lives longer than an hour is refused.",
    {
      "that expired two minutes ago": times(-600, -120),
      "made five minutes ahead": times(300, 900),
      "that lives for two hours": times(0, 7_200),
      "without `exp`": payload({ exp: undefined }),
      "without `iat`": payload({ iat: undefined }),
    },
    "the check of `iat` and `exp`: both are there, at most an hour apart, and include this moment",
  ),
  ticketSkew,
];
