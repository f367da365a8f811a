/** What services may know a user by (contract 7, common body). The ledger's user comes first. */
export interface Identity {
  readonly uids: readonly { readonly uid: string; readonly isPortal: boolean }[];
  readonly userIds?: readonly string[];
  readonly phoneIds?: readonly string[];
  readonly personalPhoneIds?: readonly string[];
  readonly personalEmailIds?: readonly string[];
}

/** The identity of a user of whom nothing but the uid is known: S3, what the portal sends is a portal uid. */
export function bareIdentity(uid: string): Identity {
  return { uids: [{ uid, isPortal: true }] };
}
