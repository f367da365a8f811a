import { Agent, request } from "undici";

/** What came back, before anybody judged it. */
export type GetReply =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Of a header that stands once. */
      readonly header: (name: string) => string | undefined;
      /** Empty where it was not to be read. */
      readonly text: string;
    }
  /** `timeout`, or what node calls the failure: ECONNREFUSED, CERT_HAS_EXPIRED, … */
  | { readonly kind: "no_answer"; readonly code: string };

export interface Get {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bodies of these statuses are read; others are thrown away. */
  readonly readBody: (status: number) => boolean;
  readonly signal?: AbortSignal;
}

export interface BoundedGet {
  get(call: Get): Promise<GetReply>;
  close(): Promise<void>;
}

/**
 * GET without redirects, with a time for the whole exchange and a limit on the answer (rule 11). Never throws;
 * what went wrong is an answer too. An idle connection does not keep the process from ending.
 *
 * @param limits - `connections` to each origin; more calls at once wait for one within their time.
 */
export function createBoundedGet(limits: {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly connections: number;
}): BoundedGet {
  const agent = new Agent({
    connections: limits.connections,
    pipelining: 1,
    maxResponseSize: limits.maxBytes,
    keepAliveTimeout: 4_000,
  });
  return {
    async get({ url, headers, readBody, signal }) {
      const timeout = AbortSignal.timeout(limits.timeoutMs);
      try {
        const response = await request(url, {
          dispatcher: agent,
          headers: { accept: "application/json", "accept-encoding": "identity", ...headers },
          signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        return await read(response, readBody(response.statusCode), limits.maxBytes);
      } catch (error) {
        return { kind: "no_answer", code: timeout.aborted ? "timeout" : codeOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

type Response = Awaited<ReturnType<typeof request>>;

async function read(response: Response, isToBeRead: boolean, limit: number): Promise<GetReply> {
  const { statusCode: status, body, headers } = response;
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  // Not awaited: what is not read must not decide anything; the timeout still ends it.
  if (!isToBeRead) body.dump({ limit }).catch(() => {});
  return { kind: "answer", status, header, text: isToBeRead ? await body.text() : "" };
}

/** Codes are node's or undici's own words; a message could quote the URL or what was sent. */
function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "unreadable";
}
