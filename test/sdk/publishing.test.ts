import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { copyRepository, root, runAsStranger, strangersEnv } from "./support/packed.ts";

const run = promisify(execFile);

interface Step {
  name?: string;
  run?: string;
}

const workflow = parse(
  await readFile(join(root, ".github", "workflows", "publish-sdk.yaml"), "utf8"),
) as { jobs: Record<"pack" | "runtimes" | "publish", { permissions: object; steps: Step[] }> };
const { pack, publish } = workflow.jobs;
const steps = (job: { steps: Step[] }) => job.steps.flatMap((step) => step.run ?? []);
const named = (name: RegExp) => publish.steps.find((step) => name.test(step.name ?? ""))?.run ?? "";

let folder: string;
const parts = ["sdk", "sdk/create"] as const;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout publish "));
  await writeFile(join(folder, "package.json"), '{ "private": true, "workspaces": ["sdk"] }');
  await mkdir(join(folder, "sdk", "create"), { recursive: true });
  for (const file of ["sdk/package.json", "sdk/CHANGELOG.md", "sdk/create/package.json"]) {
    await writeFile(join(folder, file), await readFile(join(root, file)));
  }
});
afterAll(() => rm(folder, { recursive: true }));

const readManifest = async (part: string) =>
  JSON.parse(await readFile(join(folder, part, "package.json"), "utf8"));

/** As a step of the workflow runs it. */
async function runStep(script: string, env: Record<string, string>): Promise<"done" | "failed"> {
  const ran = run("bash", ["-eo", "pipefail", "-c", script], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return ran.then(
    () => "done",
    () => "failed",
  );
}

test("a tag publishes the version that both packages and the changelog have, and no other", async () => {
  const check = named(/tag is the version/);
  const { version } = await readManifest("sdk");
  expect(await runStep(check, { GITHUB_REF_NAME: `sdk-v${version}` })).toBe("done");
  expect(await runStep(check, { GITHUB_REF_NAME: "sdk-v9.9.9" })).toBe("failed");
  const made = await readManifest("sdk/create");
  const file = join(folder, "sdk", "create", "package.json");
  await writeFile(file, JSON.stringify({ ...made, version: "9.9.9" }));
  expect(await runStep(check, { GITHUB_REF_NAME: `sdk-v${version}` })).toBe("failed");
  await writeFile(file, JSON.stringify(made));
});

test("both are looked at before, and published with provenance from the repository that they name", async () => {
  for (const name of ["takeout-sdk", "create-takeout-service"]) {
    expect(steps(pack)).toContainEqual(
      expect.stringMatching(new RegExp(`publint@\\S+ --strict ${name}-\\*\\.tgz$`)),
    );
  }
  expect(steps(publish).filter((step) => step.startsWith("npm publish"))).toEqual([
    "npm publish --workspace takeout-sdk --provenance --access public",
    "npm publish ./sdk/create --provenance --access public",
  ]);
  expect(publish.permissions).toEqual({ contents: "read", "id-token": "write" });
  const env = { GITHUB_SERVER_URL: "https://example.com", GITHUB_REPOSITORY: "team/takeout" };
  expect(await runStep(named(/names its repository/), env)).toBe("done");
  for (const part of parts) {
    const { repository } = await readManifest(part);
    expect(repository).toEqual({ type: "git", url: "git+https://example.com/team/takeout.git" });
  }
});

test("npm packs each as the workflow has it", async () => {
  for (const [args, name] of [
    [["--workspace", "takeout-sdk"], "takeout-sdk"],
    [["./sdk/create"], "create-takeout-service"],
  ] as const) {
    expect(steps(pack)).toContain(["npm pack", ...args].join(" "));
    const dry = ["pack", ...args, "--dry-run", "--json", "--ignore-scripts"];
    const said = await runAsStranger("npm", dry, { cwd: root });
    expect(said).toContain(`"name": "${name}"`);
  }
});

describe("npm run pack:sdk", () => {
  let copy: string;
  beforeAll(async () => {
    copy = join(folder, "copy of all");
    await copyRepository(copy);
  });
  const packInto = (destination: string) =>
    run(process.execPath, ["scripts/pack-sdk.ts", "--destination", destination], {
      cwd: copy,
      env: strangersEnv,
    });

  test("prints the path of each file, and nothing else", async () => {
    const destination = join(folder, "packed here");
    const { stdout, stderr } = await packInto(destination);
    const files = await Promise.all(
      parts.map(async (part) => {
        const { name, version } = await readManifest(part);
        return `${name}-${version}.tgz`;
      }),
    );
    expect(stdout).toBe(files.map((file) => `${join(destination, file)}\n`).join(""));
    expect(stderr).toBe("");
    expect((await readdir(destination)).sort()).toEqual(files.toSorted());
  });

  test("says what went wrong, and fails", async () => {
    await writeFile(join(copy, "sdk", "src", "index.ts"), "export const wrong: number = 'text';");
    await expect(packInto(join(folder, "packed not"))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("TS2322"),
    });
  });
});
