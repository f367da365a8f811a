// Whose work a key names. Services may share a store, and the hub gives each of them the same ids.

/** The key of a service's own work. */
export function ownKey(owner: string, key: string): string {
  return `${owner}: ${key}`;
}

/** The service a key names; undefined for one that an earlier version left. */
export function ownerOf(key: string): string | undefined {
  return /^([^ ]+): /.exec(key)?.[1];
}
