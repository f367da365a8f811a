/** The members of a task's JSON that name its author, and the columns of `gdpr.hidden_data` they go to. Source: S4. */
export const personalFields = [
  "uid",
  "email",
  "uuid",
  "device_id",
  "yandexuid",
  "ip",
  "user_full_name",
] as const;

export type PersonalField = (typeof personalFields)[number];

/** What is known of an author; null where the task does not say. */
export type Author = Record<PersonalField, string | null>;

/** @param find - the value of a field, as its JSON text. */
export function authorOf(find: (field: PersonalField) => string | undefined): Author {
  const entries = personalFields.map((field) => [field, toText(find(field))] as const);
  return Object.fromEntries(entries) as Author;
}

/** A string as its content, anything else as its JSON. PostgreSQL's text has no NUL. */
function toText(json: string | undefined): string | null {
  const value: unknown = json === undefined ? null : JSON.parse(json);
  if (value === null) return null;
  return (typeof value === "string" ? value : json)?.replaceAll("\0", "\ufffd") ?? null;
}
