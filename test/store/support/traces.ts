import type { Sql } from "postgres";

/** Every row of every table of the database, as text; bytes show as hex. */
export async function dumpDatabase(sql: Sql): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
       and n.nspname !~ '^pg_(toast|temp)'`;
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await sql<{ row: string }[]>`select t::text as row from ${sql.unsafe(name)} t`;
    lines.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return lines.join("\n");
}

/** The ways in which a text may hide in another: as it is, in hex, or in base64 at any alignment. */
export function formsOf(secret: string): ReadonlyMap<string, string> {
  const forms = new Map([
    ["plain", secret],
    ["hex", hex(secret)],
  ]);
  for (const offset of [0, 1, 2]) {
    const encoded = alignedBase64(secret, offset);
    forms.set(`base64+${offset}`, encoded);
    forms.set(`base64+${offset} in hex`, hex(encoded));
  }
  return forms;
}

/**
 * What of the base64 of any text that contains the secret at this offset (modulo 3) depends on the secret
 * alone.
 */
function alignedBase64(secret: string, offset: number): string {
  const bytes = Buffer.from(secret);
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  const [from, to] = [Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)];
  return encoded.slice(from, to);
}

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}

/** Which forms of which secrets stand in a text; base64url counts as base64, and hex of either case as hex. */
export function findTraces(text: string, secrets: Readonly<Record<string, string>>): string[] {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  const lower = text.toLowerCase();
  return Object.entries(secrets).flatMap(([name, secret]) =>
    [...formsOf(secret)].flatMap(([form, shape]) => {
      const shown = form.includes("hex") ? lower : form === "plain" ? text : null;
      const isThere = shown?.includes(shape) ?? (text.includes(shape) || standard.includes(shape));
      return isThere ? [`${name}: ${form}`] : [];
    }),
  );
}
