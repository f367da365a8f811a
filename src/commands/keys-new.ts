import { generateKeyPairSync } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { type PrivateJwk, publicPart, readPrivateJwk } from "../config/jwk.ts";
import { CommandError, defineCommand, exitCodes } from "./command.ts";

export const keysNew = defineCommand({
  name: "keys new",
  summary: "Make a key pair for signing tickets.",
  options: {
    alg: { value: "EdDSA|ES256", help: "the algorithm; EdDSA by default" },
    kid: { value: "ID", help: "the key's name; its thumbprint (RFC 7638) by default" },
    private: { value: "FILE", help: "write the private key here, for its owner's eyes only" },
    public: { value: "FILE", help: "write the public key set here, for everybody who is called" },
  },
  notes: ["What is not written is printed. A file that exists is never overwritten."],
  run: async ({ alg = "EdDSA", kid, private: privateFile, public: publicFile }) => {
    const key = makeKey(alg, kid);
    const publicSet = { keys: [publicPart(key)] };
    if (publicFile !== undefined) await writeNew(publicFile, publicSet, 0o644);
    if (privateFile !== undefined) {
      await writeNew(privateFile, key, 0o600).catch(async (error) => {
        if (publicFile !== undefined) await rm(publicFile); // half a pair is of no use to anybody
        throw error;
      });
    }
    const left = {
      ...(privateFile === undefined && { private: key }),
      ...(publicFile === undefined && { public: publicSet }),
    };
    if (Object.keys(left).length > 0) console.log(format(left).trimEnd());
  },
});

function makeKey(alg: string, kid: string | undefined): PrivateJwk {
  const jwk = { ...generate(alg).export({ format: "jwk" }), ...(kid !== undefined && { kid }) };
  const read = readPrivateJwk(jwk);
  if (read.kind === "ok") return read.value;
  throw new CommandError(`--kid: ${read.message}`);
}

function generate(alg: string) {
  if (alg === "EdDSA") return generateKeyPairSync("ed25519").privateKey;
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  throw new CommandError(`--alg: expected EdDSA or ES256, got "${alg}"`);
}

async function writeNew(path: string, value: unknown, mode: number): Promise<void> {
  try {
    await writeFile(path, format(value), { flag: "wx", mode, flush: true });
  } catch (error) {
    throw new CommandError(`${path} ${explainUnwritten(error)}`, exitCodes.cannotCreate);
  }
}

function explainUnwritten(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EEXIST") return "exists already and is left as it is";
  return `cannot be written (${code === "ENOENT" ? "its folder is not there" : code})`;
}

function format(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
