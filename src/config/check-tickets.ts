import { defaults } from "./defaults.ts";
import { type Fault, quote } from "./fault.ts";
import { at, entriesOf } from "./raw.ts";

const largestId = 2 ** 32 - 1;

/**
 * With the daemon, everybody is known by a number: who calls must have one, and whom the hub calls exactly
 * one, or nobody could say which ticket is for them. So must the hub, in whose name it asks.
 */
export function checkTickets(document: unknown): Fault[] {
  if (at(document, "tickets", "driver") !== "tvmtool") return [];
  const ids = at(document, "tickets", "ids");
  if (typeof ids !== "object" || ids === null || Array.isArray(ids)) return []; // the shape says so
  const called = listCalled(document);
  const calling = ["portals", "operators"].flatMap((role) => namesOf(at(document, role)));
  return [
    ...findLargeIds(ids),
    ...findMissing([...called, ...calling], ids),
    ...findSeconds(new Set(called), ids),
  ];
}

function listCalled(document: unknown): string[] {
  const identity = at(document, "identity");
  const names = [
    at(document, "hub", "client") ?? defaults.hub.client,
    ...(identity === undefined ? [] : [at(identity, "client") ?? defaults.identity.client]),
    ...namesOf(at(document, "services")),
    ...entriesOf(at(document, "portals")).flatMap(([name, portal]) =>
      at(portal, "storage") === undefined ? [] : [name],
    ),
  ];
  return names.filter((name) => typeof name === "string");
}

function namesOf(map: unknown): string[] {
  return entriesOf(map).map(([name]) => name);
}

function findLargeIds(ids: object): Fault[] {
  return Object.keys(ids)
    .filter((id) => /^[1-9]\d{9}$/.test(id) && Number(id) > largestId)
    .map((id) => ({ path: ["tickets", "ids", id], message: `must be at most ${largestId}` }));
}

function findMissing(names: readonly string[], ids: object): Fault[] {
  const known = new Set<unknown>(Object.values(ids));
  return names
    .filter((name) => !known.has(name))
    .map((name) => ({ path: ["tickets", "ids"], message: `has no id of ${quote(name)}` }));
}

function findSeconds(called: ReadonlySet<unknown>, ids: object): Fault[] {
  const first = new Map<unknown, string>();
  return Object.entries(ids).flatMap(([id, name]) => {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, id);
    if (earlier === undefined || !called.has(name)) return [];
    const message = `${quote(name)} has an id already, ${earlier}, and the hub would not know by which to call it`;
    return [{ path: ["tickets", "ids", id], message }];
  });
}
