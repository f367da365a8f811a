import { Breaches } from "../breach.ts";
import type { Check } from "../check.ts";
import { newDeletion } from "../deletion.ts";
import { type Exchange, handlers, type Kit } from "../kit.ts";
import { identifiersOf } from "../user.ts";
import { newJob } from "./exports.ts";

export const noPersonalData: Check = {
  name: "no-personal-data",
  duty: "No error bears a uid, another identifier of the user, the portal's request_id, or a ticket.",
  source: "contract section 2",
  phase: "end",
  async run(kit) {
    await provokeErrors(kit);
    const secrets = kit.users.flatMap(identifiersOf);
    const breaches = new Breaches();
    for (const { handler, answer, ticket } of kit.exchanges.all) {
      if (answer.kind !== "answer" || answer.status < 400) continue;
      const found = findIn(textOf({ handler, answer, ticket }), [...secrets, ...partsOf(ticket)]);
      if (!found) continue;
      breaches.add({
        expected: "an error that names nobody",
        happened: `the answer ${answer.status} of ${handler} repeats something of the call that names a person or is a ticket`,
        lookAt: "what is put into errors: messages of a validator or a database quote values",
      });
    }
    for (const { what, told } of toldBy(kit)) {
      if (!findIn(JSON.stringify(told), secrets)) continue;
      breaches.add({
        expected: "a report whose `error` and `reason` name nobody",
        happened: `the report ${what} names the user there`,
        lookAt: "what is put into `error.message`: not the message of whatever was thrown",
      });
    }
    breaches.throwIfAny();
  },
};

/** What was reported beside the user that it is about. */
function toldBy({ hub }: Kit): { what: string; told: unknown }[] {
  const deletions = hub.reports.all.map(({ body }) => ({
    what: `\`${body.state}\` of category ${body.category_id}`,
    told: [body.error, body.reason, body.outcome],
  }));
  const exports = hub.exportReports.all.map(({ body }) => ({
    what: `\`${body.state}\` of an export`,
    told: body.error ?? null,
  }));
  return [...deletions, ...exports];
}

/** Errors of the kind that likes to quote what it was given. */
async function provokeErrors(kit: Kit): Promise<void> {
  const user = kit.user();
  const body: Record<string, unknown> = {
    ...newDeletion(user, { categories: kit.categories }).body(),
    ...newJob(kit, user).body,
  };
  const mail = user.body.personal_email_ids[0];
  const wrong: readonly (object | string)[] = [
    { ...body, yandex_uids: [{ uid: Number(user.uid), is_portal: true }] },
    { ...body, yandex_uids: user.uid },
    { ...body, to: user.uid },
    { ...body, report_uid: `${user.uid} ${mail}` },
    { ...body, categories: { [user.uid]: mail } },
    { ...body, attempt: user.uid },
    { ...body, personal_email_ids: mail },
    `{"yandex_uids": [{"uid": "${user.uid}"`,
    `"${user.uid}"`,
  ];
  for (const call of wrong) {
    for (const handler of handlers) await kit.call(handler, call);
  }
  await kit.call("status", body, { ticket: kit.tickets.make({ payload: { aud: user.uid } }) });
  await kit.call("status", body, {
    ticket: kit.tickets.good(),
    headers: { "content-type": "text/plain" },
  });
}

function textOf({ answer }: Exchange): string {
  return answer.kind === "answer" ? `${JSON.stringify(answer.headers)}\n${answer.text}` : "";
}

/** Payload and signature: the header of a ticket is no secret. */
function partsOf(ticket: string): readonly string[] {
  return ticket.split(".").filter((part, index) => index > 0 && part.length > 20);
}

function findIn(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret));
}
