import { type FrameworkName, frameworkNames } from "./frameworks.ts";

/** What a new service is made of. */
export interface Answers {
  /** Its name in the hub's configuration, and in tickets. */
  name: string;
  framework: FrameworkName;
  category: Category;
}

/** The service's first category: the name of its file and its table, and its id in the hub's configuration. */
export interface Category {
  name: string;
  id: string;
}

/** What a person gave cannot be used. Its message says what to give instead. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** @throws UsageError */
export function checkName(text: string): string {
  if (/^[a-z][a-z0-9_-]{0,62}$/.test(text)) return text;
  throw new UsageError(
    `--name ${text}: give lower case letters, digits, _ and -, beginning with a letter, at most 63`,
  );
}

/** @throws UsageError */
export function checkFramework(text: string): FrameworkName {
  const found = frameworkNames.find((name) => name === text);
  if (found) return found;
  throw new UsageError(`--framework ${text}: give one of ${frameworkNames.join(", ")}`);
}

/**
 * Reads `favorites` or `favorites=4`.
 * @throws UsageError
 */
export function readCategory(text: string): Category {
  const [, name = "", id = "1"] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) {
    throw new UsageError(
      `--category ${text}: give a name of lower case letters, digits and _, at most 40`,
    );
  }
  if (reserved.has(name)) {
    throw new UsageError(`--category ${text}: ${name} is a word of SQL`);
  }
  if (name.startsWith("pg_") || name === "conformance") {
    throw new UsageError(
      `--category ${text}: give another name, which PostgreSQL and the tests leave free`,
    );
  }
  if (!/^[\w.:-]{1,64}$/.test(id)) {
    throw new UsageError(
      `--category ${text}: give an id of letters, digits and _ . : - after the =, at most 64`,
    );
  }
  return { name, id };
}

// The name becomes a table, files, and the beginning of a constant's name, which no other name begins with.
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
  collation column concurrently constraint create cross current_catalog current_date current_role
  current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
  except false fetch for foreign freeze from full grant group having ilike in initially inner intersect
  into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null
  offset on only or order outer overlaps placing primary references returning right select session_user
  similar some symmetric system_user table tablesample then to trailing true union unique user using
  variadic verbose when where window with`.split(/\s+/),
);
