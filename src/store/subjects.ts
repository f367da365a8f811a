import { type Keyring, keyedHash } from "./keys.ts";

/** How the ledger names a user: never by the uid, always by a keyed hash of it (rule 10). */
export interface Subjects {
  /** What new rows are written with. */
  of(uid: string): string;
  /** What rows may be found under: one hash for each live secret, the newest first. */
  allOf(uid: string): string[];
  /** What a caller's `request_id` is stored as. */
  requestKey(requestId: string): string;
  requestKeys(requestId: string): string[];
  /** What the body of a report is stored as. */
  bodyHash(body: Uint8Array): string;
  /** What a caller's `X-Request-Id` is logged as. */
  traceHash(requestId: string): string;
}

export function createSubjects(keyring: Keyring): Subjects {
  const current = keyring.current.subjectKey;
  const hashAll = (purpose: string, value: string) =>
    keyring.all.map(({ subjectKey }) => keyedHash(subjectKey, purpose, value));
  return {
    of: (uid) => keyedHash(current, "uid", uid),
    allOf: (uid) => hashAll("uid", uid),
    requestKey: (requestId) => keyedHash(current, "request_id", requestId),
    requestKeys: (requestId) => hashAll("request_id", requestId),
    bodyHash: (body) => keyedHash(current, "report", body),
    traceHash: (requestId) => keyedHash(current, "trace", requestId),
  };
}
