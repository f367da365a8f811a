import { uidBeginning } from "../client.ts";
import type { Stage } from "../stage.ts";

/** What one process of the hub said at a moment. */
export interface Sight {
  readonly at: number;
  readonly url: string;
  /** Services whose `takeout_breaker_open` is 1; `null`: no answer. */
  readonly open: readonly string[] | null;
  /** Services that a user's status calls unavailable; `null`: no answer. */
  readonly unavailable: readonly string[] | null;
}

const lookEveryMs = 2_500;
const answerWithinMs = 10_000;

/**
 * Asks one process after another for its metrics and for a user's status, in the same rhythm throughout: a
 * status asks every service, and must not be what the hub is busy with.
 */
export function watchHubs(stage: Stage): Disposable & { readonly sights: readonly Sight[] } {
  const sights: Sight[] = [];
  const urls = stage.fleet.urls();
  let count = 0;
  const look = async () => {
    const url = urls[++count % urls.length] ?? "";
    const at = Date.now();
    const [open, unavailable] = await Promise.all([
      readOpen(url),
      readUnavailable(stage, url, count),
    ]);
    sights.push({ at, url, open, unavailable });
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  return { sights, [Symbol.dispose]: () => clearInterval(timer) };
}

async function readOpen(url: string): Promise<string[] | null> {
  const text = await get(`${url}/metrics`).then((answer) => answer?.text());
  const lines = text?.matchAll(/^takeout_breaker_open\{service="([^"]+)"\} 1$/gm);
  return lines ? [...lines].map(([, service]) => service ?? "") : null;
}

interface StatusAnswer {
  readonly errors?: readonly { readonly code: string; readonly service?: string }[];
}

/** The status of a user whom nobody has asked about: every service is to be asked. */
async function readUnavailable(
  { portal }: Stage,
  url: string,
  number: number,
): Promise<string[] | null> {
  const headers = {
    "x-ya-service-ticket": await portal.serviceTicket(),
    "x-ya-user-ticket": await portal.userTicket(`${uidBeginning}${9_000_000 + number}`),
  };
  const answer = await get(`${url}/1/takeout/status/`, headers);
  const body = (await answer?.json().catch(() => null)) as StatusAnswer | null | undefined;
  if (!body) return null;
  const errors = body.errors ?? [];
  const named = errors.filter(({ code }) => code === "service_status_unavailable");
  return named.map(({ service }) => service ?? "");
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Response | null> {
  const signal = AbortSignal.timeout(answerWithinMs);
  const answer = await fetch(url, { headers, signal }).catch(() => null);
  return answer?.ok ? answer : null;
}
