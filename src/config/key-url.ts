import { type Fault, quote } from "./fault.ts";
import { at, entriesOf } from "./raw.ts";

/** Where a key set is read from while the hub runs, or what is wrong with it. */
export interface ReadKeyUrl {
  readonly url?: string;
  /** Paths are below the `keys` of the client. */
  readonly faults: readonly Fault[];
}

/**
 * Reads `https://…` or `{ url: "http://…", insecure: true }`. Whoever can change keys on their way can be
 * anybody, so plain http is for this machine alone, unless somebody says that the way is safe.
 *
 * @returns `undefined` where the value is no URL: a file, or a key set. Source: contract, section 3.
 */
export function readKeyUrl(source: unknown): ReadKeyUrl | undefined {
  if (typeof source === "string")
    return /^\w[\w+.-]*:\/\//.test(source) ? judge(source) : undefined;
  if (at(source, "url") === undefined && at(source, "insecure") === undefined) return undefined;
  const insecure = at(source, "insecure");
  const faults = [
    ...entriesOf(source).flatMap(([key]) =>
      ["url", "insecure"].includes(key) ? [] : [{ path: [key], message: "unknown key" }],
    ),
    ...(insecure === undefined || typeof insecure === "boolean"
      ? []
      : [{ path: ["insecure"], message: `expected true or false, got ${quote(insecure)}` }]),
  ];
  const { url, faults: more } = judge(at(source, "url"), insecure === true);
  const all = [...faults, ...more.map(({ message }) => ({ path: ["url"], message }))];
  return url !== undefined && all.length === 0 ? { url, faults: [] } : { faults: all };
}

/** No fault quotes the URL: it may bear what is nobody's business. */
function judge(value: unknown, isInsecure = false): ReadKeyUrl {
  if (value === undefined) return { faults: [{ path: [], message: "is required" }] };
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const message = explain(url, isInsecure);
  if (url === undefined || message !== undefined) {
    return { faults: [{ path: [], message: message ?? "expected an https URL" }] };
  }
  return { url: url.href, faults: [] };
}

function explain(url: URL | undefined, isInsecure: boolean): string | undefined {
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "expected an https URL";
  if (url.username !== "" || url.password !== "") return "must not bear credentials";
  if (url.hash !== "") return "must not bear a fragment";
  if (url.protocol === "https:" || isInsecure || isLoopback(url.hostname)) return undefined;
  return "plain http is for this machine alone; use https, or write { url: …, insecure: true }";
}

/** URL has already brought every spelling of an address (`127.1`, `0x7f.1`) to this one. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
