/** What lies in a system's tables before anything is measured. */
export interface Stock {
  /** Users with one deletion each, all of whose parts are done. */
  readonly users: number;
  /** Parts of each deletion. */
  readonly services: number;
}

/** A deletion that waits for its services' reports. */
export interface OpenDeletion {
  readonly uid: string;
  readonly id: string;
}
