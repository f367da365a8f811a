const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text can be an id of ours; the database takes no other. */
export function isId(text: string | null | undefined): text is string {
  return typeof text === "string" && pattern.test(text);
}
