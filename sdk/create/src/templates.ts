import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Answers } from "./answers.ts";
import { type Framework, frameworks } from "./frameworks.ts";

const templates = join(import.meta.dirname, "..", "templates");

/**
 * The files of a new service, by their paths in it: what all have, and what its framework has instead or besides.
 * @param sdk - the packed SDK, where it is not the registry's.
 */
export async function readTemplates(answers: Answers, sdk?: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of ["base", answers.framework]) {
    const folder = join(templates, part);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const text = await readFile(file, "utf8");
      files.set(pathOf(file.slice(folder.length + 1), answers), fill(text, answers, sdk));
    }
  }
  return files;
}

// A package never holds a `.gitignore` of its own.
function pathOf(template: string, { category }: Answers): string {
  const path = template.split(sep).join("/");
  return path.replace(/^_gitignore$/, ".gitignore").replaceAll("favorites", category.name);
}

/** The templates are code that runs as it stands; these words in it are its names. */
function fill(text: string, { name, framework, category }: Answers, sdk = ""): string {
  const { title, run, build }: Framework = frameworks[framework];
  return text
    .replaceAll("favorites", category.name)
    .replaceAll("category-id", category.id)
    .replaceAll("service-name", name)
    .replaceAll("framework-title", title)
    .replaceAll('"the", "command"', run.map((part) => JSON.stringify(part)).join(", "))
    .replace(/^.*\bbuild-command\n/m, build ? "npm run build\n" : "")
    .replace(/^<!-- sdk-file\n([\s\S]*?)-->\n/m, (_, said: string) => (sdk ? said : ""))
    .replaceAll("sdk-path", () => sdk);
}
