import { type Keyring, keyedHash, subjectHash } from "./keys.ts";
import { remember } from "./remember.ts";
import type { SubjectHashes } from "./rewrite-subject.ts";

/** How the ledger names a user: never by the uid, always by a keyed hash of it (rule 10). */
export interface Subjects {
  /** What new rows are written with. */
  of(uid: string): string;
  /** What rows may be found under: one hash for each live secret, the newest first. */
  allOf(uid: string): SubjectHashes;
  /** What a caller's `request_id` is stored as. */
  requestKey(requestId: string): string;
  /** What it may be found under, the newest first. */
  requestKeys(requestId: string): [current: string, ...old: string[]];
  /** What the body of a report may be found under, the newest first. */
  bodyHashes(body: Uint8Array): [current: string, ...old: string[]];
  /** What a caller's `X-Request-Id` is logged as. */
  traceHash(requestId: string): string;
}

/** Whose hashes are kept in memory. */
const usersRemembered = 10_000;

export function createSubjects(keyring: Keyring): Subjects {
  const { current, all } = keyring;
  const old = all.slice(1);
  // A portal asks for the same user until a deletion has ended, and each of its parts is reported.
  const allOf = remember(
    usersRemembered,
    (uid: string): SubjectHashes => [
      subjectHash(current, uid),
      ...old.map((keys) => subjectHash(keys, uid)),
    ],
  );
  const hashAll = (purpose: string, value: string | Uint8Array): [string, ...string[]] => [
    keyedHash(current.subjectHmac, purpose, value),
    ...old.map((keys) => keyedHash(keys.subjectHmac, purpose, value)),
  ];
  return {
    of: (uid) => allOf(uid)[0],
    allOf,
    requestKey: (requestId) => keyedHash(current.subjectHmac, "request_id", requestId),
    requestKeys: (requestId) => hashAll("request_id", requestId),
    bodyHashes: (body) => hashAll("report", body),
    traceHash: (requestId) => keyedHash(current.subjectHmac, "trace", requestId),
  };
}
