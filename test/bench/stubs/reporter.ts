import type { RawRequest } from "../load/requests.ts";
import { type Line, openLine } from "../load/wire.ts";

/** Sends reports over a few connections that stay open, in the order in which they come. */
export interface Reporter {
  /** @param answered - called with the answer's status; 0: there was none. */
  send(request: RawRequest, answered: Answered): void;
  end(): void;
}

type Answered = (status: number) => void;

export function createReporter(url: string, connections: number): Reporter {
  const lines = new Set<Line>();
  const idle: Line[] = [];
  const waiting: { readonly request: RawRequest; readonly answered: Answered }[] = [];
  let sent = 0;

  const free = (): Line | null => {
    for (let line = idle.pop(); line; line = idle.pop()) {
      if (line.isOpen()) return line;
      lines.delete(line);
    }
    if (lines.size >= connections) return null;
    const line = openLine(url);
    lines.add(line);
    return line;
  };
  const next = (): void => {
    while (sent < waiting.length) {
      const line = free();
      if (line === null) return;
      const { request, answered } = waiting[sent++] as (typeof waiting)[number];
      void ask(line, request).then((status) => {
        if (line.isOpen()) idle.push(line);
        else lines.delete(line);
        answered(status);
        next();
      });
    }
    waiting.length = 0;
    sent = 0;
  };
  return {
    send(request, answered) {
      waiting.push({ request, answered });
      next();
    },
    end() {
      for (const line of lines) line.close();
    },
  };
}

const ask = (line: Line, request: RawRequest): Promise<number> =>
  line.ask(request).then(
    ({ status }) => status,
    () => 0,
  );
