import type { Verification } from "../archive/verify/verify-archive.ts";
import { CommandError, defineCommand } from "./command.ts";

/** The archive is not what it should be / nothing is wrong, but not all of it could be checked. */
const codes = { wrong: 1, unchecked: 2 } as const;

const mostShown = 100;

export const verify = defineCommand({
  name: "verify",
  summary: "Check an archive: every file against its manifest, and who signed that.",
  operand: "ARCHIVE",
  options: {
    jwks: {
      value: "URL|FILE",
      help: "the public keys of the hub that you believe, as at its /.well-known/jwks.json",
    },
  },
  notes: [
    "Needs neither a database nor a configuration. Ends with 0 where every file is there, unchanged and",
    "signed for, with 1 where something is wrong, and with 2 where it could not be checked: the archive or",
    "the keys cannot be read, or no keys were given. A hub that has changed its key publishes the one before",
    "only for a while (TAKEOUT_SIGNING_KEY_OLD): keep the key set of the day.",
  ],
  run: async ({ operand: path, jwks }) => {
    if (path === undefined) throw new CommandError("ARCHIVE is required: which file?");
    const { readJwks } = await import("./read-jwks.ts");
    const keys = jwks === undefined ? null : await readJwks(jwks).catch(toUnchecked);
    const { UnreadableArchiveError, verifyArchive } = await import(
      "../archive/verify/verify-archive.ts"
    );
    const verification = await verifyArchive(path, keys).catch((error: unknown) => {
      if (!(error instanceof UnreadableArchiveError)) throw error;
      throw new CommandError(`${path}: ${error.message}`, codes.unchecked);
    });
    console.log(describe(verification).join("\n"));
    judge(verification, path);
  },
});

function toUnchecked(error: unknown): never {
  throw error instanceof Error
    ? new CommandError(`--jwks: ${error.message}`, codes.unchecked)
    : error;
}

function describe({ manifest, problems, signature }: Verification): string[] {
  const lines = problems.slice(0, mostShown).map(({ path, what }) => `${path} ${what}`);
  const rest = problems.length - lines.length;
  return [
    ...(manifest === null ? [] : describeManifest(manifest)),
    row("signature", describeSignature(signature)),
    ...lines.map((line) => row("wrong", line)),
    ...(rest > 0 ? [row("wrong", `and ${rest} more`)] : []),
  ];
}

function describeManifest(manifest: NonNullable<Verification["manifest"]>): string[] {
  const { hub, jobId, createdAt, files, missing } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    row("archive", `${jobId}, made by ${hub} at ${createdAt}`),
    row("files", `${files.length}, ${bytes} bytes`),
    ...missing
      .slice(0, mostShown)
      .map(({ service, reason }) => row("missing", `${service}: ${reason}`)),
  ];
}

function describeSignature(signature: Verification["signature"]): string {
  if (signature.kind === "good") return `good: by ${signature.hub}, with the key ${signature.kid}`;
  if (signature.kind === "bad") return `bad: ${signature.why}`;
  return "not checked";
}

/** What an archive says may be meant for the terminal instead of for people. */
function row(name: string, text: string): string {
  return `${name.padEnd(9)}  ${text.replace(/[\p{C}\u2028\u2029]/gu, "\ufffd")}`;
}

function judge({ problems, signature }: Verification, path: string): void {
  if (problems.length > 0 || signature.kind === "bad") {
    throw new CommandError(`${path} is not as it was made`, codes.wrong);
  }
  if (signature.kind === "not_checked") {
    throw new CommandError(
      "its files are as its manifest says, but anybody may have made both: give --jwks",
      codes.unchecked,
    );
  }
}
