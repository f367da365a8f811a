/** @throws TypeError naming a key of a plain object that is none of the known, which a misspelt one is. */
export function checkKeys(given: object, known: Record<string, 1>, what: string): void {
  // Of a class, handlers may come with whatever else it holds.
  if (Object.getPrototypeOf(given) !== Object.prototype) return;
  const key = Object.keys(given).find((key) => !Object.hasOwn(known, key));
  if (key === undefined) return;
  throw new TypeError(`${what}: no option ${key}; there are ${Object.keys(known).join(", ")}`);
}
