import type { Kind } from "./bytes.ts";

/** A file that a service uploads. */
export interface PlannedFile {
  readonly service: string;
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: number;
}

/** The same once it lies in the store. */
export interface KeptFile extends PlannedFile {
  readonly key: string;
  /** Where the file is, for those who know no store. */
  readonly path: string;
  readonly sha256: string;
  readonly crc32: number;
}

/** Where blobs lie: a folder, or a bucket. */
export type Place =
  | { readonly driver: "fs"; readonly path: string }
  | { readonly driver: "s3"; readonly bucket: string; readonly endpoint: string };

/** What one process does while it is watched. */
export interface Tasks {
  /** Sends files to an upload's door, so many at once. */
  push: { in: { url: string; files: readonly PlannedFile[]; atOnce: number }; out: KeptFile[] };
  /** Reads an answer to its end, into a file where one is named. */
  pull: { in: { url: string; into: string | null }; out: { bytes: number; etag: string } };
  /** Is a connected service that uploads what it has of a user when it is asked to, until it is told to end. */
  service: {
    in: {
      name: string;
      ticket: string;
      /** By the uid that the hub's call names. */
      shares: Readonly<Record<string, readonly PlannedFile[]>>;
    };
    out: { url: string };
  };
  /** Takes uploads into the store, until it is told to end. */
  receive: { in: { place: Place }; out: { url: string } };
  /** The same without a hash, as plainly as Node can: to a file, flushed. */
  receivePlainly: { in: { path: string; withHash: boolean }; out: { url: string } };
  /** Makes an archive of what lies in the store, into the store. */
  archive: {
    in: { place: Place; files: readonly KeptFile[] };
    out: { key: string; bytes: number };
  };
  /** The same with the library alone, into a file that is flushed. */
  library: {
    in: { files: readonly KeptFile[]; into: string; storesNoise: boolean };
    out: { bytes: number };
  };
}

export type TaskName = keyof Tasks;
