import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** What came of a call. `silence`: no answer, or not a whole one. */
export type Answer =
  | {
      kind: "answer";
      status: number;
      headers: Readonly<Record<string, string>>;
      text: string;
      /** The body, where it is JSON. */
      json: unknown;
    }
  | { kind: "silence"; how: "refused" | "cut" | "timeout" | "too long" };

/** One call as it is sent. */
export interface Outgoing {
  method?: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer;
  /** Milliseconds for everything. */
  timeoutMs: number;
  /** Sends the body otherwise than at once. Must end or destroy it; is not awaited. */
  pour?: (sink: BodySink) => void;
}

/** Where a body is poured by hand. */
export interface BodySink {
  write(chunk: string | Buffer): void;
  end(chunk?: string | Buffer): void;
  /** Cuts the connection. */
  cut(): void;
}

const longestAnswer = 8 * 1024 * 1024;

/** Makes one call over a connection of its own. Follows no redirect; never rejects. */
export function send(url: string, { method = "POST", ...call }: Outgoing): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
      request.destroy();
    };
    const timer = setTimeout(() => end({ kind: "silence", how: "timeout" }), call.timeoutMs);
    const begin = url.startsWith("https:") ? requestHttps : requestHttp;
    const length = { "content-length": String(Buffer.byteLength(call.body)) };
    const headers = { ...length, ...call.headers };
    const request = begin(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestAnswer) return end({ kind: "silence", how: "too long" });
        chunks.push(chunk);
      });
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const { statusCode: status = 0 } = response;
        end({
          kind: "answer",
          status,
          headers: flat(response.headers),
          text,
          json: parseJson(text),
        });
      });
      response.on("error", () => end({ kind: "silence", how: "cut" }));
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      end({ kind: "silence", how: error.code === "ECONNREFUSED" ? "refused" : "cut" });
    });
    request.on("close", () => end({ kind: "silence", how: "cut" }));
    const sink: BodySink = {
      write: (chunk) => void request.write(chunk),
      end: (chunk) => void request.end(chunk),
      cut: () => end({ kind: "silence", how: "cut" }),
    };
    if (call.pour) call.pour(sink);
    else request.end(call.body);
  });
}

function flat(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The answer in words, with the code of a problem document. */
export function describe(answer: Answer): string {
  if (answer.kind === "silence") {
    return {
      refused: "the connection was refused",
      cut: "the connection was cut without an answer",
      timeout: "no answer came in time",
      "too long": "the answer was longer than 8 MiB",
    }[answer.how];
  }
  const code = (answer.json as { code?: unknown } | null | undefined)?.code;
  const named = typeof code === "string" ? ` ${code.slice(0, 64)}` : "";
  return `answered ${answer.status}${named}`;
}

/** Whether it was answered with one of these status codes. */
export function isAnswer(
  answer: Answer,
  ...statuses: readonly number[]
): answer is Answer & { kind: "answer" } {
  return answer.kind === "answer" && statuses.includes(answer.status);
}
