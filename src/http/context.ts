import type { DocsAsset } from "../../generated/hub.ts";
import type { Config, PortalConfig } from "../config/types.ts";
import type { FlowContext, LogFields } from "../flows/context.ts";
import type { LimitName, Limits } from "./limits/limits.ts";
import type { TicketVerifier } from "./tickets/verifier.ts";

/** What the doors in work with. */
export interface HttpContext {
  readonly flows: FlowContext;
  readonly portals: ReadonlyMap<string, PortalConfig>;
  readonly operators: Config["operators"];
  readonly verifier: TicketVerifier;
  /** `null` where the hub does not sign its tickets itself. */
  readonly publicJwks: { readonly keys: readonly unknown[] } | null;
  readonly limits: Limits;
  readonly metrics: HttpMetrics;
  readonly log: HttpLog;
  /** The contract as it is served. */
  readonly openapi: () => Promise<string>;
  /** A file of the API reference. */
  readonly docsAsset: (name: DocsAsset) => Promise<string>;
}

export interface HttpMetrics {
  requestServed(operation: string, status: number, seconds: number): void;
  requestLimited(limit: LimitName): void;
  /** Everything there is to scrape, in the text format of Prometheus. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface HttpLog {
  warn(fields: HttpLogFields, message: string): void;
  error(fields: HttpLogFields, message: string): void;
}

export interface HttpLogFields extends LogFields {
  readonly operation?: string;
  readonly reason?: string;
  readonly client?: string;
  /** A keyed hash: the caller's own id may hide a uid. */
  readonly request?: string;
}
