import { readFile } from "node:fs/promises";
import { compile } from "./compile.ts";
import type { Contract, Interface } from "./contract.ts";
import { listTargets, type Target } from "./targets.ts";

/** The texts of `generated/validators.js` and its declarations. */
export async function renderValidators(contract: Contract): Promise<{ js: string; dts: string }> {
  const targets = listTargets(contract);
  const runtime = await readFile(new URL("runtime.js", import.meta.url), "utf8");
  const schemas = schemasByDocument(targets);
  return {
    js: [
      runtime.replaceAll(/^export /gm, ""),
      ...compiled(contract, schemas),
      valueExports(targets),
    ].join("\n"),
    dts: [typeImports(schemas), validatorType, typeExports(targets)].join("\n"),
  };
}

type Schemas = ReadonlyMap<Interface, string[]>;

function schemasByDocument(targets: readonly Target[]): Schemas {
  const names = Map.groupBy(targets, ({ document }) => document);
  return new Map([...names].map(([key, list]) => [key, [...new Set(list.map((at) => at.schema))]]));
}

/**
 * The hub tells a sender everything that is wrong with a small body. Elsewhere the first fault is enough, and a
 * megabyte of faults must not cost more than one.
 */
function compiled({ documents }: Contract, schemas: Schemas): string[] {
  return [...schemas].flatMap(([document, names]) => {
    const code = compile(documents[document], names, { allErrors: document === "hub" });
    const block = `const ${variable(document)} = {};\n((exports) => {\n${code}\n})(${variable(document)});\n`;
    return [
      block,
      ...names.map(
        (name) => `export const validate${name} = guard(${variable(document)}.${name});`,
      ),
    ];
  });
}

function variable(document: Interface): string {
  return document.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

const validatorType = `/** One fault: a JSON pointer into what was checked, and what the schema says. Bears nothing of the value. */
export interface ValidationError {
  readonly instancePath: string;
  readonly message: string;
}

/** Checks synchronously. \`errors\` belongs to the last call: at most 20, null after a success. */
export interface Validator<T> {
  (data: unknown): data is T;
  readonly errors: readonly ValidationError[] | null;
}
`;

function typeImports(schemas: Schemas): string {
  const lines = [...schemas].map(
    ([document, names]) => `import type { ${names.join(", ")} } from "./${document}.ts";\n`,
  );
  return lines.join("");
}

function valueExports(targets: readonly Target[]): string {
  const { bodies, parameters } = byOperation(targets, ({ schema }) => `validate${schema}`);
  return `
export const requestBodies = {
${bodies}};

export const queryParameters = {
${parameters}};
`;
}

function typeExports(targets: readonly Target[]): string {
  const schemas = [...new Set(targets.map(({ schema }) => schema))];
  const flat = schemas.map((name) => `export const validate${name}: Validator<${name}>;\n`);
  const { bodies, parameters } = byOperation(targets, ({ schema }) => `Validator<${schema}>`);
  return `${flat.join("")}
/** By operation id. */
export const requestBodies: {
${bodies}};

/** By operation id and name. */
export const queryParameters: {
${parameters}};
`;
}

/** Members of an object literal, which are those of an object type as well. */
function byOperation(targets: readonly Target[], render: (target: Target) => string) {
  const bodies = targets.filter(({ operation, parameter }) => operation && !parameter);
  const parameters = Map.groupBy(
    targets.filter(({ parameter }) => parameter),
    ({ operation }) => operation,
  );
  const rows = [...parameters].map(([operation, list]) => {
    const members = list.map((target) => `${target.parameter}: ${render(target)}`);
    return `  ${operation}: { ${members.join(", ")} },\n`;
  });
  return {
    bodies: bodies.map((target) => `  ${target.operation}: ${render(target)},\n`).join(""),
    parameters: rows.join(""),
  };
}
