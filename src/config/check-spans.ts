import { defaults } from "./defaults.ts";
import type { Fault } from "./fault.ts";
import { parseDuration } from "./quantities.ts";
import { at, entriesOf } from "./raw.ts";

/** Durations that only make sense in one order. Equal ones are allowed. */
export function checkSpans(document: unknown): Fault[] {
  const stuck = at(document, "stuck");
  return [
    ...mustNotPass(stuck, ["stuck"], "warn_after", "alarm_after", defaults.stuck),
    ...mustNotPass(stuck, ["stuck"], "alarm_after", "deadline", defaults.stuck),
    ...entriesOf(at(document, "services")).flatMap(([name, service]) =>
      mustNotPass(
        at(service, "backoff"),
        ["services", name, "backoff"],
        "first",
        "max",
        defaults.service.backoff,
      ),
    ),
  ];
}

function mustNotPass<Key extends string>(
  map: unknown,
  path: readonly string[],
  less: Key,
  more: Key,
  otherwise: Readonly<Record<Key, string>>,
): Fault[] {
  const [short, long] = [less, more].map((key) => parseDuration(at(map, key) ?? otherwise[key]));
  if (short === undefined || long === undefined || short <= long) return [];
  return [{ path: [...path, less], message: `is longer than ${more}` }];
}
