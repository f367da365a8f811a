import { subscribe } from "node:diagnostics_channel";
import { openLog, type SentEntry } from "./logs.ts";

/**
 * Writes down each call in the moment in which this process writes it to its connection, as its HTTP client tells
 * whoever listens: the hub's own code is not asked. What a service notes is later by all the time that the
 * service takes to look, which on a machine without a free processor is seconds.
 */
export function noteSent(file: string): void {
  const log = openLog<SentEntry>(file);
  subscribe("undici:client:sendHeaders", (told) => {
    const { headers } = told as { readonly headers: string };
    const requestId = /^x-request-id: *(\S+)/im.exec(headers)?.[1];
    // Not by `Date`, which is wrong on purpose in some of the processes.
    if (requestId) log.write({ requestId, at: performance.timeOrigin + performance.now() });
  });
}
