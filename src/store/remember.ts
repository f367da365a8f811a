import { createBoundedKeys } from "../domain/bounded-keys.ts";

/**
 * Keeps what a function gave, for so many keys at most: one that was not asked for again for longest goes first.
 *
 * @param most - keys; at least one.
 */
export function remember<Value extends {}>(
  most: number,
  make: (key: string) => Value,
): (key: string) => Value {
  const values = new Map<string, Value>();
  const keys = createBoundedKeys(most, (key) => void values.delete(key));
  return (key) => {
    keys.see(key);
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    values.set(key, value);
    return value;
  };
}
