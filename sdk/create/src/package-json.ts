import type { Answers } from "./answers.ts";
import { common, type Framework, frameworks } from "./frameworks.ts";

const [major, minor] = [22, 18];

/** What to say where the service cannot run as it is: this command needs less. */
export function sayNewerNode(version = process.version): string {
  const [, has = 0, andHas = 0] = /^v(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (has > major || (has === major && andHas >= minor)) return "";
  return `\nThis is Node.js ${version}, and the service needs ${major}.${minor} or later.\n`;
}

/**
 * The `package.json` of a new service.
 * @param sdk - the version of `takeout-sdk`, or the file that it is.
 */
export function packageJson({ name, framework, category }: Answers, sdk: string): string {
  const { dependencies, devDependencies, run, build }: Framework = frameworks[framework];
  const test = "node --env-file-if-exists=.env.test";
  return `${JSON.stringify(
    {
      name,
      version: "0.1.0",
      private: true,
      type: "module",
      engines: { node: `>=${major}.${minor}` },
      scripts: {
        ...(build && { build }),
        start: `node --env-file-if-exists=.env ${run.join(" ")}`,
        migrate: "node --env-file-if-exists=.env src/migrate.ts",
        typecheck: `${framework === "next" ? "next typegen && " : ""}tsc --noEmit`,
        test: `${test} src/migrate.ts && ${test} --test test/${category.name}.test.ts`,
        ...(build && { preconform: "npm run build" }),
        conform: `${test} src/migrate.ts && ${test} --test test/conformance.test.ts`,
      },
      dependencies: sorted({ ...common.dependencies, ...dependencies, "takeout-sdk": sdk }),
      devDependencies: sorted({ ...common.devDependencies, ...devDependencies }),
    },
    null,
    2,
  )}\n`;
}

function sorted(versions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)));
}
