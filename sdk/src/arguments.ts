import { Misuse } from "./misuse.ts";

// Checks of what the developer wrote. They throw TypeError, whose message says what to write instead.

/** How to reach the hub. */
export interface HubOptions {
  /** Where the hub is, for example `https://takeout.example`. Plain `http` only on loopback. */
  url: string | undefined;
  /** The hub's client name in tickets (`hub.client` of its configuration), usually `takeout`. */
  client: string;
  /** Allows plain `http` to another host, where the network itself is trusted. Default `false`. */
  insecure?: boolean;
}

const namePattern = /^[\x21-\x7e]{1,128}$/;

/** @throws TypeError naming the option, when the value is not a visible ASCII name. */
export function checkName(value: unknown, option: string): string {
  if (typeof value === "string" && namePattern.test(value)) return value;
  throw new TypeError(`${option}: give a name of 1 to 128 visible ASCII characters`);
}

/** @throws TypeError when the number is not a whole one of at least `least`. */
export function checkInteger(value: unknown, least: number, option: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new Misuse(`${option}: give a whole number of at least ${least}`);
}

/**
 * The hub's base URL without a trailing slash.
 * @throws TypeError when it is missing, no http(s) URL, or plain http to another host.
 */
export function checkHubUrl(hub: HubOptions | undefined): string {
  const url = typeof hub?.url === "string" ? parseUrl(hub.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('hub.url: give the hub\'s address, for example "https://takeout.example"');
  }
  if (url.username || url.search || url.hash) {
    throw new TypeError("hub.url: leave out user, query and fragment");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !hub?.insecure) {
    throw new TypeError("hub.url: use https, or set hub.insecure to true on a trusted network");
  }
  return url.href.replace(/\/+$/, "");
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Whether a URL's host name is this very machine, where plain http is no risk. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
