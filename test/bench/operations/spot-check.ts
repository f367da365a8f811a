const answerWithinMs = 10_000;

export interface Question {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly serviceTicket: string;
  readonly userTicket?: string;
  readonly body?: string;
}

/** One request whose answer is read as a whole. */
export async function ask(question: Question): Promise<{ status: number; body: unknown }> {
  const { url, method = "GET", serviceTicket, userTicket, body } = question;
  const response = await fetch(url, {
    method,
    headers: {
      "x-ya-service-ticket": serviceTicket,
      ...(userTicket && { "x-ya-user-ticket": userTicket }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body }),
    signal: AbortSignal.timeout(answerWithinMs),
  });
  return { status: response.status, body: await response.json().catch(() => null) };
}
