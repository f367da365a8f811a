import { connect, createServer } from "node:net";
import { StartError } from "./start-error.ts";

/** Refuses early, before anything has been started, when somebody else listens there. */
export function requireFreePort(port: number, host: string, variable: string): Promise<void> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on("error", (error: NodeJS.ErrnoException) => fail(explain(error, port, variable)));
    probe.listen({ port, host }, () => probe.close(() => done()));
  });
}

function explain(error: NodeJS.ErrnoException, port: number, variable: string): StartError {
  if (error.code === "EADDRINUSE") {
    return new StartError(
      `port ${port} is taken: stop what listens there, or set ${variable} to a free one`,
    );
  }
  return new StartError(
    `port ${port} cannot be used (${error.message}): set ${variable} to another`,
  );
}

export function isListening(port: number, host: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host });
    const answer = (is: boolean) => {
      socket.destroy();
      done(is);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}

export async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
