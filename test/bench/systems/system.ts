import type { Child } from "../child.ts";

/** A process that answers, and that a load is put on. */
export interface System extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly child: Child;
}
