import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { bundle } from "./bundle.ts";
import { type JsonObject, objectAt } from "./document.ts";

const interfaces = ["hub", "connected-service", "identity", "portal-storage"] as const;
export type Interface = (typeof interfaces)[number];

export interface Contract {
  /** The version of the hub's document and a short hash of all of them, such as `0.1.0+1a2b3c4d5e6f`. */
  readonly version: string;
  readonly common: JsonObject;
  /** By the name of its file. They stand alone: no reference leaves a document. */
  readonly documents: Readonly<Record<Interface, JsonObject>>;
}

/** Reads the contract from `folder`. @throws TypeError where it does not hold together. */
export async function readContract(folder: URL): Promise<Contract> {
  const read = (name: string) => readFile(new URL(`${name}.yaml`, folder), "utf8");
  const sharedText = await read("common");
  const texts = await Promise.all(interfaces.map(read));
  const common: JsonObject = parse(sharedText);
  const bundled = texts.map((text, at) => [interfaces[at], bundle(parse(text), common)]);
  const documents = Object.fromEntries(bundled) as Contract["documents"];
  const { version } = objectAt(documents.hub, "info");
  return { version: `${version}+${shortHash([sharedText, ...texts])}`, common, documents };
}

function shortHash(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.replaceAll("\r\n", "\n")}\0`);
  return hash.digest("hex").slice(0, 12);
}
