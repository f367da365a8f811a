/** One body of each kind that uses every field, for tables and mutations. */

export const deleteRequest = { id: ["1", "2"] };

export const report = {
  yandex_uid: "4001",
  category_id: "1",
  state: "deleted",
  service: "realty",
  deletion_id: "0197d3a2-7c1e-7aaa-8bbb-000000000001",
  attempt: 1,
  outcome: "retained",
  retained_until: "2030-01-01T00:00:00Z",
  reason: "tax_law",
  error: { code: "locked", message: "The table is locked." },
  retriable: true,
  completed_at: "2025-03-01T13:00:00.000+03:00",
  from: "2020-01-01T00:00:00Z",
  to: "2025-03-01T09:59:58.000Z",
};

const identifiers = {
  yandex_uids: [{ uid: "4001", is_portal: true }],
  user_ids: ["u1"],
  phone_ids: ["p1"],
  personal_phone_ids: ["pp1"],
  personal_email_ids: ["pe1"],
};

export const statusCall = { ...identifiers, categories: ["1"], request_id: "portal-77" };

export const deleteCall = {
  ...statusCall,
  deletion_id: "0197d3a2-7c1e-7aaa-8bbb-000000000001",
  report_uid: "4001",
  from: "2020-01-01T00:00:00Z",
  to: "2025-03-01T09:59:58.000Z",
  attempt: 1,
};

export const exportCall = {
  ...statusCall,
  job_id: "0197d3a2-7c1e-7aaa-8bbb-000000000002",
  upload_url: "https://hub.example/takeout/exports/0197d3a2-7c1e/files/",
  report_uid: "4001",
  deadline: "2025-03-04T10:00:00.000Z",
};

export const statusAnswer = {
  categories: [{ id: "1", data_state: "ready_to_delete", denied: { reason: "debt" } }],
};

export const deleteAnswer = {
  outcome: "anonymized",
  retained_until: "2030-01-01T00:00:00Z",
  reason: "tax_law",
};

export const exportAnswer = { status: "ok", data: { "favorites.json": [{ offer: "17" }] } };

export const denial = { code: "delete_denied", reason: "debt" };

export const identityAnswer = { ...identifiers, complete: true };
