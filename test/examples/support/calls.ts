import type { FakeHub } from "../../sdk/fake-hub.ts";
import type { Example } from "./example.ts";

/** The body of a delete call. */
export interface Deletion {
  yandex_uids: { uid: string; is_portal: boolean }[];
  categories: string[];
  deletion_id: string;
  report_uid: string;
  to: string;
  attempt: number;
  user_ids?: string[];
  phone_ids?: string[];
  personal_phone_ids?: string[];
  personal_email_ids?: string[];
}

/** The first call of a deletion of one account, with the fence now. */
export function deletionOf(uid: string, categories: string[]): Deletion {
  return {
    yandex_uids: [{ uid, is_portal: true }],
    categories,
    deletion_id: `d-${uid}`,
    report_uid: uid,
    to: new Date().toISOString(),
    attempt: 1,
  };
}

/** Calls an example as the hub. */
export async function callExample(
  hub: FakeHub,
  example: Example,
  call: "status" | "delete" | "export",
  body: object,
): Promise<Response> {
  return await fetch(`${example.url}/v1/takeout/${call}/`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-ya-service-ticket": await hub.client.serviceTicket(example.name),
    },
    body: JSON.stringify(body),
  });
}
