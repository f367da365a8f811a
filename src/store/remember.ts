/**
 * Keeps what a function gave, for so many keys at most. In two generations: what nobody asked for while the younger one was
 * filled goes with the older.
 *
 * @param most - keys; at least 2.
 */
export function remember<Value extends {}>(
  most: number,
  make: (key: string) => Value,
): (key: string) => Value {
  const half = Math.floor(most / 2);
  let younger = new Map<string, Value>();
  let older = younger;
  return (key) => {
    const known = younger.get(key);
    if (known !== undefined) return known;
    const value = older.get(key) ?? make(key);
    if (younger.size === half) [older, younger] = [younger, new Map()];
    younger.set(key, value);
    return value;
  };
}
