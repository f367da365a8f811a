/** The tasks of the queue. Payloads and keys bear only random ids of our own (rule 10). */
export const tasks = {
  /** Moves one deletion forward; safe to run at any time, any number of times, in two places at once. */
  drive_deletion: { queue: "delete", key: (deletionId: string) => `drive_deletion:${deletionId}` },
  /** Moves one export forward, as safe as that. */
  drive_export: { queue: "export", key: (exportId: string) => `drive_export:${exportId}` },
  /** Brings rows of an older `TAKEOUT_SECRET` to the current one. Scheduled, as those that follow. */
  rotate_secret: { queue: "delete", key: () => "rotate_secret" },
  /** Forgets requests after `keep.requests`. */
  forget_requests: { queue: "delete", key: () => "forget_requests" },
  /** Forgets closed deletions, reports and own states after `keep.ledger`. */
  forget_ledger: { queue: "delete", key: () => "forget_ledger" },
  /** Starts new deletions of what services kept by law, when its time has come. */
  retry_retained: { queue: "delete", key: () => "retry_retained" },
  /** Deletes the queue's dead rows. */
  clean_queue: { queue: "delete", key: () => "clean_queue" },
  /** Counts what happened to parts, for the metrics and the forecast. */
  count_parts: { queue: "delete", key: () => "count_parts" },
  /** Measures open parts against the thresholds of `stuck`. */
  watch_stuck: { queue: "delete", key: () => "watch_stuck" },
  /** Removes archives and files of exports that are needed no longer. */
  expire_exports: { queue: "export", key: () => "expire_exports" },
  /** Removes blobs that nothing leads to. */
  clean_blobs: { queue: "export", key: () => "clean_blobs" },
  /** Forgets exports after `keep.requests`. */
  forget_exports: { queue: "export", key: () => "forget_exports" },
} as const satisfies Record<string, { queue: QueueName; key: (id: string) => string }>;

/** Queues with a concurrency of their own (rule 12); `work --only` picks among them. */
export const queueNames = ["delete", "export"] as const;
export type QueueName = (typeof queueNames)[number];

export interface TaskPayloads {
  drive_deletion: { readonly deletion_id: string };
  drive_export: { readonly export_id: string };
  rotate_secret: object;
  forget_requests: object;
  forget_ledger: object;
  retry_retained: object;
  clean_queue: object;
  count_parts: object;
  watch_stuck: object;
  expire_exports: object;
  clean_blobs: object;
  forget_exports: object;
}

/**
 * The most that graphile-worker can count. A fetch burns an attempt, so kills would bury a job at a lower
 * limit, silently; whether a part may be tried again is the ledger's affair, not the queue's.
 */
export const maxAttempts = 32_767;
