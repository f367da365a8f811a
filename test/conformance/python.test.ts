import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runConformance } from "takeout-sdk/conformance";
import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { findPython } from "./support/python.ts";
import { startSubject } from "./support/subject.ts";

const program = join(import.meta.dirname, "services", "python", "service.py");
const python = findPython();
if (!python) {
  console.warn("skipped, no Python 3 with the package cryptography (Debian: python3-cryptography)");
}

test.skipIf(!python)(
  "a sound service in another language conforms",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "takeout conform python "));
    const file = join(folder, "things.sqlite");
    await using database = await createDatabase();
    await using subject = await startSubject({
      name: "python",
      command: [python ?? "", program],
      databaseUrl: database.url,
      env: { DATABASE: file },
      seed: `DATABASE='${file}' '${python}' '${program}' seed`,
    });
    const report = await runConformance(subject.options);
    const unpassed = report.results.filter(({ outcome }) => outcome !== "passed");
    expect(unpassed).toEqual([]);
    expect(report.verdict).toBe("conforms");
    await rm(folder, { recursive: true });
  },
  180_000,
);
