import type { Secrets } from "../config/types.ts";
import { connectStore } from "../store/connect.ts";
import { countedAtMost, describeLostHolds, type KeyUse, readKeyUse } from "../store/key-use.ts";
import { deriveKeyring } from "../store/keys.ts";
import { findDatabaseRefusal } from "./database-refusal.ts";

/** What the database says of the secrets: lines to be read, and faults that lose what was accepted. */
export interface SecretUse {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

/** Says whether an old secret may go, and whether one is missing. Asks the database and changes nothing. */
export async function describeSecretUse(databaseUrl: string, secrets: Secrets): Promise<SecretUse> {
  const store = connectStore(databaseUrl, { max: 1 });
  try {
    const keyring = deriveKeyring([secrets.secret, ...secrets.oldSecrets]);
    const uses = await readKeyUse(store, keyring);
    return { lines: uses.flatMap(describe), faults: uses.flatMap(findFaults) };
  } catch (error) {
    const refusal = findDatabaseRefusal(error);
    return {
      lines: ["what bears them cannot be told: the database does not answer, or is not migrated"],
      faults: refusal === undefined ? [] : [refusal],
    };
  } finally {
    await store.close();
  }
}

function describe({ keyId, rows, snapshots }: KeyUse, at: number): string[] {
  const borne = [
    ...Object.entries(rows).map(([table, count]) => `${table} ${atMost(count)}`),
    ...(snapshots > 0 ? [`snapshots ${snapshots}`] : []),
  ];
  if (keyId === null) {
    return borne.length > 0 ? [`not configured, but borne by ${borne.join(", ")}`] : [];
  }
  const name = `${keyId.slice(0, 8)} (${at === 0 ? "current" : "old"})`;
  if (borne.length > 0) return [`${name}: borne by ${borne.join(", ")}`];
  return [at === 0 ? `${name}: borne by nothing yet` : `${name}: borne by nothing, may go`];
}

function atMost(count: number): string {
  return count > countedAtMost ? `over ${countedAtMost}` : `${count}`;
}

/**
 * A row whose hash is lost costs a user's history; a snapshot that nobody opens, a deletion; a hold that nobody finds
 * keeps nothing from being deleted.
 */
function findFaults({ keyId, rows, snapshots }: KeyUse): string[] {
  if (keyId !== null) return [];
  const { holds = 0 } = rows;
  return [
    ...(holds > 0 ? [describeLostHolds(holds)] : []),
    ...(snapshots > 0
      ? [
          `TAKEOUT_SECRET_OLD: lacks the secret by which snapshots are sealed that are still needed: ${snapshots}`,
        ]
      : []),
  ];
}
