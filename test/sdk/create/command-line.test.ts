import { execFile } from "node:child_process";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoPortal, demoServices } from "../../../scripts/start/demo.ts";
import { frameworkNames } from "../../../sdk/create/src/frameworks.ts";
import { pack, root, runAsStranger, unpack } from "../support/packed.ts";

const execute = promisify(execFile);

let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout create "));
  tarball = await pack("sdk/create", folder);
  await unpack(tarball, join(folder, "package"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the packed command in the test's folder, where nobody can be asked. */
async function create(...args: string[]) {
  return await createWith([], ...args);
}

async function createWith(nodeArgs: readonly string[], ...args: string[]) {
  const main = join(folder, "package", "dist", "main.js");
  const running = execute(process.execPath, [...nodeArgs, main, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  running.child.stdin?.end();
  const { stdout, stderr, code } = await running.then(
    (said) => ({ ...said, code: 0 }),
    (error: { stdout: string; stderr: string; code: number | null }) => error,
  );
  return { stdout, stderr, code };
}

const read = (...path: string[]) => readFile(join(folder, ...path), "utf8");

test("the package depends on nothing, and holds the templates and no source of its own", async () => {
  const manifest = JSON.parse(await read("package", "package.json"));
  expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  expect(manifest.engines).toEqual({ node: ">=20.19" });
  const files = await readdir(join(folder, "package"), { recursive: true });
  expect(files).toContain(join("templates", "base", "_gitignore"));
  expect(files).toContain(
    join("templates", "next", "src", "app", "v1", "takeout", "[...path]", "route.ts"),
  );
  expect(files.filter((file) => /^src\b/.test(file))).toEqual([]);
  for (const file of files.filter((name) => /^dist.*\.js$/.test(name))) {
    const imports = [...(await read("package", file)).matchAll(/from "([^"]+)"/g)];
    for (const [, name] of imports) expect(name).toMatch(/^(node:|\.)/);
  }
});

test("npm runs it as it would for npm create", async () => {
  const args = ["exec", "--yes", "--offline", "--package", tarball, "--", "create-takeout-service"];
  const said = await runAsStranger("npm", [...args, "--help"], { cwd: folder });
  expect(said).toContain("npm create takeout-service [FOLDER]");
  expect(said).toMatch(/--framework FRAMEWORK +hono, express, fastify, next, nest, http/);
});

test("with --yes a service of defaults is made, named for its folder, and what comes next is said", async () => {
  const { code, stdout } = await create("Shop-One", "--yes");
  expect(code).toBe(0);
  expect(stdout).toContain("npm run conform");
  const manifest = JSON.parse(await read("Shop-One", "package.json"));
  expect(manifest).toMatchObject({ name: "shop-one", type: "module", private: true });
  expect(manifest.dependencies).toHaveProperty("hono");
  expect(await read("Shop-One", "src", "takeout.ts")).toContain('service: "shop-one"');
  expect(await read("Shop-One", "src", "categories", "favorites.ts")).toContain('category("1"');
});

describe("the SDK that it is installed with", () => {
  const sdkOf = async (...path: string[]) =>
    JSON.parse(await read(...path, "package.json")).dependencies["takeout-sdk"];
  /** A folder that holds packed packages of these names; nothing looks into them before they are installed. */
  const packs = async (path: string, ...names: string[]) => {
    await mkdir(join(folder, path), { recursive: true });
    for (const name of names) await writeFile(join(folder, path, name), "packed");
  };

  test("is the registry's where no packed one is there, and what to do if it is not there either is said", async () => {
    const { stdout } = await create("plain", "--yes");
    expect(await sdkOf("plain")).toBe("^0.1.0");
    expect(stdout).toContain('say "npm install FILE" instead of');
    expect(await read("plain", "README.md")).not.toContain("takeout-sdk` is installed from");
  });

  test("is the one that is given, by its path from the service's folder", async () => {
    await packs("my packs", "takeout-sdk-9.tgz");
    const given = ["--sdk", "my packs/takeout-sdk-9.tgz"];
    const { code, stdout } = await create("some where/given", "--yes", ...given);
    expect(code).toBe(0);
    expect(await sdkOf("some where", "given")).toBe("file:../../my packs/takeout-sdk-9.tgz");
    expect(stdout).toContain("is the file ../../my packs/takeout-sdk-9.tgz, seen from there");
    expect(await read("some where", "given", "README.md")).toContain(
      "installed from `../../my packs/takeout-sdk-9.tgz`",
    );
  });

  test("is found from where the folder really is, if a link leads there", async () => {
    await packs("deep/down/real", "takeout-sdk-9.tgz");
    await symlink(join(folder, "deep", "down", "real"), join(folder, "link"));
    await create("link/linked", "--yes", "--sdk", "link/takeout-sdk-9.tgz");
    expect(await sdkOf("link", "linked")).toBe("file:../takeout-sdk-9.tgz");
    await create("link/out", "--yes", "--sdk", "my packs/takeout-sdk-9.tgz");
    expect(await sdkOf("link", "out")).toBe("file:../../../../my packs/takeout-sdk-9.tgz");
  });

  test("is the one in the current folder, if it is of the same version", async () => {
    await packs("current", "takeout-sdk-0.0.9.tgz");
    const main = join(folder, "package", "dist", "main.js");
    const cwd = join(folder, "current");
    await runAsStranger(process.execPath, [main, "older", "--yes"], { cwd });
    expect(await sdkOf("current", "older")).toBe("^0.1.0");
    await packs("current", "takeout-sdk-0.1.0.tgz");
    await runAsStranger(process.execPath, [main, "same", "--yes"], { cwd });
    expect(await sdkOf("current", "same")).toBe("file:../takeout-sdk-0.1.0.tgz");
  });

  test("is the one beside the file that npm took this package from, before that in the current folder", async () => {
    await packs("made here", "takeout-sdk-0.1.0.tgz");
    const own = join("..", "made here", basename(tarball));
    await copyFile(tarball, join(folder, "made here", basename(tarball)));
    await packs("elsewhere", "takeout-sdk-0.1.0.tgz");
    const args = ["exec", "--yes", "--offline", "--package", own, "--", "create-takeout-service"];
    const cwd = join(folder, "elsewhere");
    await runAsStranger("npm", [...args, "shop", "--yes"], { cwd });
    expect(await sdkOf("elsewhere", "shop")).toBe("file:../../made here/takeout-sdk-0.1.0.tgz");
  });
});

test("who has too old a Node.js for the service is told so, and nobody else", async () => {
  const pretend = (version: string) =>
    `data:text/javascript,Object.defineProperty(process,"version",{value:"${version}"})`;
  for (const version of ["v20.19.0", "v22.17.1"]) {
    const { code, stdout } = await createWith(["--import", pretend(version)], version, "--yes");
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`This is Node.js ${version}, and the service needs 22.18 or later.`),
    ]);
  }
  for (const version of ["v22.18.0", "v24.0.0"]) {
    const { stdout } = await createWith(["--import", pretend(version)], version, "--yes");
    expect(stdout).not.toContain("This is Node.js");
  }
  const { engines } = JSON.parse(await read("v24.0.0", "package.json"));
  expect(engines).toEqual({ node: ">=22.18" });
});

test("without a folder it is made in one with its name", async () => {
  expect(await create("--name", "rides", "--yes")).toMatchObject({ code: 0 });
  expect(await read("rides", "src", "takeout.ts")).toContain('service: "rides"');
});

describe("keys", () => {
  test("are new for each service, kept from others, and never committed", async () => {
    const secrets: string[] = [];
    for (const name of ["first", "second"]) {
      await create(name, "--yes");
      const env = await read(name, ".env");
      const [, jwk = ""] = /^TAKEOUT_SERVICE_KEY='(.*)'$/m.exec(env) ?? [];
      const { d, ...publicKey } = JSON.parse(jwk);
      secrets.push(d);
      expect(JSON.parse(await read(name, "keys", `${name}.jwks.json`))).toEqual({
        keys: [publicKey],
      });
      expect((await stat(join(folder, name, ".env"))).mode & 0o777).toBe(0o600);
      expect((await read(name, ".gitignore")).split("\n")).toContain(".env");
      expect(await read(name, ".env.example")).toMatch(/^TAKEOUT_SERVICE_KEY=$/m);
      const committed = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
      for (const file of committed.filter((entry) => entry.isFile() && entry.name !== ".env")) {
        expect(await readFile(join(file.parentPath, file.name), "utf8")).not.toContain(d);
      }
    }
    expect(new Set(secrets).size).toBe(2);
  });
});

describe("a folder that holds something", () => {
  test("is refused, and left as it was", async () => {
    await mkdir(join(folder, "full"));
    await writeFile(join(folder, "full", "notes.txt"), "mine");
    const { code, stderr } = await create("full", "--yes");
    expect([code, stderr]).toEqual([1, expect.stringContaining("not empty, it holds notes.txt")]);
    expect(await readdir(join(folder, "full"))).toEqual(["notes.txt"]);
  });

  test("is taken when it holds an empty repository alone", async () => {
    await mkdir(join(folder, "repository", ".git"), { recursive: true });
    expect(await create("repository", "--yes")).toMatchObject({ code: 0 });
  });

  test("may not be a file", async () => {
    await writeFile(join(folder, "file"), "mine");
    const { code, stderr } = await create("file", "--yes");
    expect([code, stderr]).toEqual([1, expect.stringContaining("it is a file")]);
    expect(await read("file")).toBe("mine");
  });
});

/** Has the process killed in the middle of what it writes at that turn. */
async function killAtWrite(turn: number): Promise<readonly string[]> {
  const file = join(folder, `kill-at-${turn}.mjs`);
  await writeFile(
    file,
    `import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    const { writeFile } = fs.promises;
    let turn = 0;
    fs.promises.writeFile = async (file, text, options) => {
      turn += 1;
      const isLast = turn === ${turn};
      await writeFile(file, isLast ? text.slice(0, text.length / 2) : text, options);
      if (isLast) process.kill(process.pid, "SIGKILL");
    };
    syncBuiltinESMExports();`,
  );
  return ["--import", pathToFileURL(file).href];
}

const filesIn = async (...path: string[]) =>
  (await readdir(join(folder, ...path), { recursive: true })).sort();

describe("a creation that is broken off", () => {
  test("is no hindrance to the next one, wherever it ended, also for another framework", async () => {
    await create("whole", "--yes", "--framework", "nest");
    const whole = await filesIn("whole");
    const hono = (await create("other", "--yes")).stdout.match(/^ {2}\S+$/gm)?.length ?? 0;
    expect(hono).toBeGreaterThan(12);
    // Each file is written beside first, and then in its place.
    for (const turn of [1, 2, hono - 3, hono, hono + 1, hono + 2, 2 * hono - 4, 2 * hono]) {
      const name = `broken-${turn}`;
      const broken = await createWith(await killAtWrite(turn), name, "--yes");
      expect([turn, broken.code]).not.toEqual([turn, 0]);
      const repeat = await create(name, "--yes", "--framework", "nest");
      expect([turn, repeat.code, repeat.stderr]).toEqual([turn, 0, ""]);
      const files = await filesIn(name);
      expect(files).toEqual(whole.map((file) => file.replaceAll("whole", name)).sort());
    }
  });

  test("gives nothing up that somebody put there meanwhile, or changed", async () => {
    for (const [name, path] of [
      ["added", "src/notes.ts"],
      ["changed", "package.json"],
    ] as const) {
      await createWith(await killAtWrite(36), name, "--yes");
      expect(await filesIn(name)).toContain("package.json");
      await writeFile(join(folder, name, path), "mine");
      const before = await filesIn(name);
      expect(await create(name, "--yes")).toMatchObject({ code: 1 });
      expect(await filesIn(name)).toEqual(before);
      expect(await read(name, path)).toBe("mine");
    }
  });
});

test.each([
  [["--mood"], "--mood"],
  [["a", "b"], "one folder at most"],
  [["--name", "../up"], "--name ../up: give lower case letters"],
  [["--name", "Shop"], "--name Shop: give lower case letters"],
  [["--name", "x".repeat(64)], "at most 63"],
  [["--framework", "koa"], "give one of hono, express, fastify, next, nest, http"],
  [["--framework", "constructor"], "give one of hono"],
  [["--category", "my things"], "give a name of lower case letters"],
  [["--category", "../things"], "give a name of lower case letters"],
  [["--category", "order"], "order is a word of SQL"],
  [["--category", "things="], "give an id of letters"],
  [["--category", 'things="'], "give an id of letters"],
  [["--category", `things=${"4".repeat(65)}`], "at most 64"],
  [["--sdk", "takeout-sdk-0.0.0.tgz"], "give the file of a packed takeout-sdk"],
  [["--sdk", "package"], "give the file of a packed takeout-sdk"],
  [["--sdk", "package/package.json"], "give the file of a packed takeout-sdk"],
  [["--name"], "--name"],
])("%j is refused with exit code 2, and nothing is written", async (args, message) => {
  const before = await readdir(folder);
  const { code, stderr } = await create("--yes", ...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(stderr).toContain("--help says more");
  expect(await readdir(folder)).toEqual(before);
});

test.each([
  [[], "--name, --framework, --category, or --yes"],
  [["--name", "asked"], "--framework, --category, or --yes"],
  [["--name", "asked", "--framework", "http"], "--category, or --yes"],
])(
  "what is not given besides %j cannot be asked without a terminal, and is named",
  async (args, missing) => {
    const { code, stderr } = await create(...args);
    const message = `create-takeout-service: nobody is there to be asked: give ${missing} for the defaults\n`;
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  },
);

test("with every answer given no terminal is needed", async () => {
  const answers = ["--name", "told", "--framework", "http", "--category", "things=7"];
  expect(await create(...answers)).toMatchObject({ code: 0, stderr: "" });
  expect(await read("told", "src", "categories", "things.ts")).toContain('category("7"');
});

test("its port is free beside what npm start runs, and the hub is told the same one", async () => {
  await create("beside", "--yes");
  const [, port] = /^PORT=(\d+)$/m.exec(await read("beside", ".env")) ?? [];
  const taken = [...demoServices.map((service) => service.port), demoPortal.port, 8080];
  expect(taken).not.toContain(Number(port));
  expect(await read("beside", "README.md")).toContain(`"http://127.0.0.1:${port}"`);
  for (const framework of frameworkNames.filter((name) => name !== "next")) {
    await create(`beside-${framework}`, "--yes", "--framework", framework);
    expect(await read(`beside-${framework}`, "src", "main.ts")).toContain(`PORT = "${port}"`);
  }
});

test("the license is that of the repository, and the README names every flag", async () => {
  expect(await read("package", "LICENSE")).toBe(await readFile(join(root, "LICENSE"), "utf8"));
  const flags = (await create("--help")).stdout.match(/(?<=^ {2})--\w+/gm) ?? [];
  expect(flags).toHaveLength(6);
  const readme = await read("package", "README.md");
  for (const flag of flags) expect(readme).toContain(`| \`${flag}\``);
});
