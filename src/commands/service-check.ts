import type { ServiceCheck } from "../domain/service-check.ts";
import { CommandError, defineCommand, exitCodes } from "./command.ts";

export const serviceCheck = defineCommand({
  name: "service check",
  summary: "Try the way to a configured service and back.",
  operand: "NAME",
  options: {},
  notes: [
    "Needs the environment of the hub, its database, and a running hub that takes the service's",
    "report. Asks for a user that nobody is. Ends with 69 where deletions would not work.",
  ],
  run: async ({ operand: service }) => {
    if (service === undefined) throw new CommandError("NAME is required: which service?");
    const { loadConfiguration } = await import("../config.ts");
    const configuration = loadConfiguration();
    const { services } = configuration.config;
    const known = services.map(({ name }) => name);
    if (!known.includes(service)) {
      throw new CommandError(
        `no service "${service}" is configured; there are ${known.join(", ")}`,
      );
    }
    const { createContext } = await import("../context.ts");
    const { isCheckOk } = await import("../domain/service-check.ts");
    const { checkService } = await import("../flows/check-service.ts");
    await using context = createContext(configuration);
    const check = await checkService(context.flows, { service }).catch((error) => {
      if ((error as { code?: unknown }).code !== "unavailable") throw error;
      throw new CommandError("the database is not there", exitCodes.unavailable);
    });
    console.log(describe(check).join("\n"));
    if (!isCheckOk(check)) throw new CommandError(`${service} is not ready`, exitCodes.unavailable);
  },
});

const hubTicket = {
  accepted: "accepted by the service",
  refused: "refused by the service",
  unknown: "not known",
} as const;

const serviceTicket = {
  accepted: "accepted by the hub",
  no_report: "no report came, or none with a good ticket",
  not_expected: "not needed: it answers, and does not report",
  unknown: "not known",
} as const;

function describe(check: ServiceCheck): string[] {
  const { error, clockDifferenceMs } = check;
  const rows: [string, string][] = [
    ["reachable", check.isReachable ? "yes" : "no"],
    ...(error === null ? [] : [["went wrong", error] as [string, string]]),
    ["hub's ticket", hubTicket[check.hubTicket]],
    ["its ticket", serviceTicket[check.serviceTicket]],
    ["its clock", sayClock(clockDifferenceMs)],
    ["categories", sayCategories(check)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)}  ${value}`);
}

/** It is known to a second, for that is how finely an answer bears its date. */
function sayClock(differenceMs: number | null): string {
  if (differenceMs === null) return "not told";
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (seconds <= 1) return "right, to a second";
  return `${seconds} s ${differenceMs > 0 ? "ahead" : "behind"}`;
}

/** Who gave no status that can be read has not left a category out of it. */
function sayCategories({ hubTicket, error, missingCategories: missing }: ServiceCheck): string {
  const isMissing = missing.length > 0;
  if (hubTicket !== "accepted" || (isMissing && error === "unreadable")) return "not known";
  return isMissing ? `missing: ${missing.join(", ")}` : "all";
}
