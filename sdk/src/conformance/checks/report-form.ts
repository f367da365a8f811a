import { Breaches, NotApplicable } from "../breach.ts";
import type { Check } from "../check.ts";
import type { Kit } from "../kit.ts";

interface Judged {
  ticketFault: string | undefined;
  formFault?: string | undefined;
}

/** Everything the service has sent to the hub. */
function sentBy({ hub }: Kit): readonly Judged[] {
  const all = [...hub.reports.all, ...hub.exportReports.all, ...hub.files.all];
  if (all.length === 0) throw new NotApplicable("the service has reported nothing");
  return all;
}

function tell(faults: readonly (string | undefined)[], expected: string, lookAt: string): void {
  const counts = new Map<string, number>();
  for (const fault of faults) if (fault) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  const breaches = new Breaches();
  for (const [fault, count] of counts) {
    breaches.add({ expected, happened: `${fault} (${count} of ${faults.length})`, lookAt });
  }
  breaches.throwIfAny();
}

export const reportForm: Check = {
  name: "report-form",
  duty: "Reports have the required fields and no other than the contract's: the hub refuses the rest.",
  source: "contract sections 2 and 6",
  phase: "end",
  async run(kit) {
    const faults = sentBy(kit).map(({ formFault }) => formFault);
    const users = new Set(kit.users.flatMap(({ uid, otherUids }) => [uid, ...otherUids]));
    const stray = kit.hub.reports.all.map(({ body, formFault }) =>
      formFault || users.has(body.yandex_uid ?? "")
        ? undefined
        : "`yandex_uid` is nobody that the hub called for",
    );
    tell(
      [...faults, ...stray],
      "a body that the hub takes",
      "the body of set_data_status: yandex_uid, category_id, state, service, and the optional fields",
    );
  },
};

export const reportTicket: Check = {
  name: "report-ticket",
  duty: "Every call of the hub bears the service's own ticket, made out to the hub.",
  source: "contract section 3",
  phase: "end",
  hooks: ["serviceKeys"],
  async run(kit) {
    tell(
      sentBy(kit).map(({ ticketFault }) => ticketFault),
      "a service ticket: signed with a key of --service-keys, `iss` and `sub` the service, `aud` the hub",
      "the signing of X-Ya-Service-Ticket for calls to the hub",
    );
  },
};
