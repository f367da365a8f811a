// What the hub takes of a service's share of an export. Source: contract section 8; api/hub.yaml.

/** Files in all. */
export const mostFiles = 10_000;

/** Files that a report names. */
export const mostNamed = 1_000;

/** Bytes of an answer that bears the data itself. */
export const mostInlineBytes = 1024 * 1024;
