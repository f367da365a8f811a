import { stringify } from "yaml";
import { type Contract, readContract } from "./contract.ts";
import type { JsonObject } from "./document.ts";
import { renderOperations } from "./operations.ts";
import { renderErrorCodes, renderTickets } from "./tables.ts";
import { renderTypes } from "./types.ts";
import { renderValidators } from "./validators.ts";

const header = "Generated from api/ by scripts/generate.ts. Do not edit.";

/** Every generated file by name. The same contract gives the same bytes. */
export async function renderAll(api: URL): Promise<ReadonlyMap<string, string>> {
  const contract = await readContract(api);
  const code = Object.entries(await renderCode(contract));
  return new Map([
    ...code.map(([name, text]) => [name, `// ${header}\n\n${text}`] as const),
    ...Object.entries(contract.documents).map(
      ([name, document]) => [`${name}.yaml`, `# ${header}\n${toYaml(document)}`] as const,
    ),
  ]);
}

async function renderCode(contract: Contract): Promise<Record<string, string>> {
  const { common, documents } = contract;
  const validators = await renderValidators(contract);
  return {
    "hub.ts": await renderTypes(documents.hub),
    "connected-service.ts": await renderTypes(documents["connected-service"]),
    "identity.ts": await renderTypes(documents.identity),
    "portal-storage.ts": await renderTypes(documents["portal-storage"]),
    "operations.ts": renderOperations(contract),
    "error-codes.ts": renderErrorCodes(common),
    "tickets.ts": renderTickets(common),
    "validators.js": validators.js,
    "validators.d.ts": validators.dts,
  };
}

function toYaml(document: JsonObject): string {
  return stringify(document, {
    aliasDuplicateObjects: false,
    blockQuote: "literal",
    lineWidth: 0,
  });
}
