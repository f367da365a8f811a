/** Something the person who started us can mend; its message is fit to be shown without a stack. */
export class EmbeddedPostgresError extends Error {
  override name = "EmbeddedPostgresError";
}

const known: readonly { sign: RegExp; message: string }[] = [
  {
    sign: /unshare: .*(not permitted|permission denied|no space left|cannot open|write failed)|unshare failed/i,
    message:
      "PostgreSQL does not run as root, and this machine forbids user namespaces: start as an ordinary user, or set DATABASE_URL",
  },
  {
    sign: /no space left on device|ENOSPC|disk quota exceeded|EDQUOT/i,
    message: "the disk is full: PostgreSQL cannot write its data",
  },
  {
    sign: /spawn unshare ENOENT/,
    message:
      "PostgreSQL does not run as root, and there is no unshare (util-linux) here: start as an ordinary user, or set DATABASE_URL",
  },
];

/** Turns what PostgreSQL (or the system) said into one sentence, or quotes its last lines. */
export function explain(step: string, output: string): EmbeddedPostgresError {
  const found = known.find(({ sign }) => sign.test(output));
  if (found !== undefined) return new EmbeddedPostgresError(found.message);
  const tail = output.trim().split("\n").slice(-5).join("\n  ");
  return new EmbeddedPostgresError(`${step} failed:\n  ${tail}`);
}
