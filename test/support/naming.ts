const uuid = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;

/**
 * Which of the names stand in a text. A short number, as the users of tests have, also occurs by chance in what is
 * made up anew in each run, in a job's UUID or a port: such an occurrence names nobody.
 */
export function namesIn(text: string, ...names: readonly string[]): string[] {
  const written = text.replaceAll(uuid, "");
  const inWhole = (name: string) => `(?<!\\d)${name.replaceAll(/\W/g, "\\$&")}(?!\\d)`;
  return names.filter((name) => new RegExp(inWhole(name)).test(written));
}
