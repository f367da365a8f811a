import { join } from "node:path";
import { type TicketKind, ticketKinds } from "../../generated/tickets.ts";
import type { PrivateJwk } from "../config/jwk.ts";
import { parseDuration } from "../config/quantities.ts";
import { readPrivateJwkFile } from "../config/signing-key.ts";
import { CommandError, exitCodes, type Values } from "./command.ts";

/** The options of every kind of ticket; as they stand by default they fit what `npm start` brings up. */
export const ticketOptions = {
  client: { value: "NAME", help: "who signs; passport by default" },
  key: {
    value: "FILE",
    help: "its private key; by default the one that npm start made for it, below TAKEOUT_DATA or ./data",
  },
  audience: { value: "NAME", help: "for whom it is meant; takeout by default" },
  ttl: { value: "DURATION", help: "how long it lives, such as 5m; as long as it may by default" },
} as const;

/** Signs a ticket and prints it, and nothing else, so that a shell can catch it. */
export async function printTicket(
  kind: TicketKind,
  values: Values<typeof ticketOptions>,
  subjectOf: (client: string) => string,
): Promise<void> {
  const { client = "passport", audience = "takeout" } = values;
  const lifetimeSeconds = readLifetime(kind, values.ttl);
  const { prepareSigning } = await import("../connected/sign.ts");
  const token = prepareSigning(await readKey(client, values.key))(kind, {
    issuer: client,
    subject: subjectOf(client),
    audience,
    issuedAtSeconds: Math.floor(Date.now() / 1000),
    lifetimeSeconds,
  });
  console.log(token);
}

function readLifetime(kind: TicketKind, ttl: string | undefined): number {
  const { maxLifetimeSeconds } = ticketKinds[kind];
  const seconds = ttl === undefined ? maxLifetimeSeconds : (parseDuration(ttl) ?? 0) / 1000;
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= maxLifetimeSeconds) return seconds;
  throw new CommandError(
    `--ttl: expected a duration of whole seconds, at most ${maxLifetimeSeconds / 60}m`,
  );
}

async function readKey(client: string, file: string | undefined): Promise<PrivateJwk> {
  const { dataFolder } = await import("../config.ts");
  const path = file ?? join(dataFolder(), "demo", "keys", `${client}.jwk.json`);
  const read = readPrivateJwkFile(path);
  if (read.kind === "ok") return read.value;
  const hint = file === undefined ? "; npm start makes it, or name another with --key" : "";
  throw new CommandError(`${read.message}${hint}`, exitCodes.noInput);
}
