import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { validateServiceName } from "../../generated/validators.js";
import { readConfigFile, readConfigText } from "../../src/config/read-config.ts";
import { makeFolder, makeKey, smallest, someKeys } from "./samples.ts";

const read = (text: string) => readConfigText(text, "/etc/takeout", "takeout.yaml");
const faultsOf = (text: string) => [...read(text).faults];

/** The smallest configuration with more keys of one service. */
const withService = (more: string) => `${smallest.trimEnd().replace(/ }$/, "")}, ${more} }\n`;

describe("defaults", () => {
  test("a service needs url and keys only, everything else has the documented default", () => {
    const { config, faults } = read(smallest);
    expect(faults).toEqual([]);
    expect(config).toMatchObject({
      hub: { client: "takeout", publicUrl: "http://127.0.0.1:8080" },
      tickets: { driver: "jwt" },
      status: { budgetMs: 3_000, trustForMs: 3_600_000 },
      stuck: { warnAfterMs: 86_400_000, alarmAfterMs: 172_800_000, deadlineMs: 2_592_000_000 },
      keep: { requestsMs: 7_776_000_000, ledgerMs: 94_608_000_000 },
      blobs: { driver: "fs", path: "/etc/takeout/data/blobs" },
      export: { deadlineMs: 259_200_000, delivery: "store", keepMs: 604_800_000, concurrency: 4 },
      delete: { concurrency: 32 },
      limits: {
        portal: { count: 2000, perMs: 1000 },
        user: { count: 120, perMs: 60_000 },
        service: { count: 2000, perMs: 1000 },
      },
    });
    expect(config).not.toHaveProperty("identity");
    expect(config?.services[0]).toMatchObject({
      name: "realty",
      url: "http://127.0.0.1:4101",
      categories: ["1"],
      export: false,
      completion: "report",
      after: [],
      attempts: 20,
      backoff: { firstMs: 1_000, maxMs: 600_000 },
      timeout: { statusMs: 1_000, deleteMs: 10_000, exportMs: 30_000 },
      reportWithinMs: 3_600_000,
      concurrency: 16,
    });
  });

  test("a portal needs keys only and may do everything", () => {
    const { config } = read(`${smallest}portals: { passport: { keys: ${someKeys} } }`);
    expect(config?.portals.get("passport")).toMatchObject({
      allow: new Set(["status", "delete", "export"]),
      errorsAs200: false,
      requireUserTicket: false,
    });
  });

  test("a block may be given in part, the rest of it keeps its defaults", () => {
    const { config } = read(
      `${smallest}status: { trust_for: forever }\nidentity: { timeout: 500ms }`,
    );
    expect(config?.status).toEqual({ budgetMs: 3_000, trustForMs: Number.POSITIVE_INFINITY });
    expect(config?.identity).toEqual({
      url: "http://127.0.0.1:4100",
      client: "identity",
      timeoutMs: 500,
    });
  });
});

test("every key of the document is accepted and arrives", () => {
  const { config, faults } = read(`
hub: { client: hub, public_url: "https://takeout.example/base/" }
tickets: { driver: jwt }
portals:
  passport: { keys: ${someKeys}, allow: [status], errors_as_200: true, require_user_ticket: true }
operators:
  desk: { keys: ${someKeys}, roles: { alice: operator, bob: viewer } }
identity: { url: "http://127.0.0.1:1", client: who, timeout: 1s }
status: { budget: 1s, trust_for: 0s }
stuck: { warn_after: 1h, alarm_after: 2h, deadline: 3h }
keep: { requests: 1d, ledger: 2d }
blobs: { driver: s3, bucket: b, endpoint: "http://127.0.0.1:2", region: r }
export: { deadline: 1h, delivery: portal, keep: 1d, concurrency: 1 }
delete: { concurrency: 2 }
limits: { portal: 1/s, user: 2/m, service: 3/h }
categories: [{ id: "2", slug: b }, { id: "1", slug: a }]
services:
  zebra: { url: "http://127.0.0.1:3", keys: ${someKeys}, categories: ["1"] }
  apple:
    url: "http://127.0.0.1:4/deep/"
    keys: ${someKeys}
    categories: ["2", "1"]
    export: true
    completion: answer
    after: [zebra]
    attempts: 3
    backoff: { first: 1ms, max: 2ms }
    timeout: { status: 1ms, delete: 2ms, export: 3ms }
    report_within: 4ms
    concurrency: 5
`);
  expect(faults).toEqual([]);
  expect(config?.hub.publicUrl).toBe("https://takeout.example/base");
  expect(config?.operators.get("desk")?.roles).toEqual(
    new Map([
      ["alice", "operator"],
      ["bob", "viewer"],
    ]),
  );
  expect(config?.blobs).toEqual({
    driver: "s3",
    bucket: "b",
    endpoint: "http://127.0.0.1:2",
    region: "r",
  });
  expect(config?.limits.service).toEqual({ count: 3, perMs: 3_600_000 });
  expect(config?.categories.map(({ id }) => id)).toEqual(["2", "1"]);
  expect(config?.services.map(({ name }) => name)).toEqual(["zebra", "apple"]);
  expect(config?.services[1]).toMatchObject({
    url: "http://127.0.0.1:4/deep",
    export: true,
    after: ["zebra"],
    backoff: { firstMs: 1, maxMs: 2 },
    timeout: { statusMs: 1, deleteMs: 2, exportMs: 3 },
    reportWithinMs: 4,
  });
});

test("faults of the shape, of keys and between keys are told together, one a line with their paths", () => {
  const faults = faultsOf(`
status: { budget: 3, budgett: 3s }
categories: [{ id: "1", slug: a }, { id: "1", slug: a }, { id: "9", slug: c }]
services:
  realty:
    url: "http://user:hidden@127.0.0.1:4101"
    keys: ./missing.json
    categories: ["1", "7"]
    after: [orders]
    attempts: 0
    backoff: { first: 20m }
`);
  expect(faults.sort()).toEqual(
    [
      "status.budget: expected a duration such as 500ms, 3s, 10m, 24h or 30d, got 3",
      "status.budgett: unknown key",
      "services.realty.url: must not bear credentials",
      "services.realty.attempts: must be at least 1",
      'services.realty.keys: "./missing.json" does not exist',
      'categories[1].id: "1" stands at categories[0] already',
      'categories[1].slug: "a" stands at categories[0] already',
      'services.realty.categories[1]: names no category: "7"',
      'categories[2]: no service holds category "9"',
      'services.realty.after[0]: names no service: "orders"',
      "services.realty.backoff.first: is longer than max",
    ].sort(),
  );
  expect(faults.join()).not.toContain("hidden");
});

const refused: [text: string, faults: string[]][] = [
  ["", ["the configuration: expected a map, got nothing"]],
  ["[1]", ["the configuration: expected a map, got a list"]],
  ["{}", ["categories: is required", "services: is required"]],
  [`${smallest}hub:\n`, ["hub: expected a map, got nothing"]],
  [`${smallest}extra: 1`, ["extra: unknown key"]],
  [
    `${smallest}delete: { concurrency: 1.5 }`,
    ["delete.concurrency: expected a whole number, got 1.5"],
  ],
  [
    `${smallest}limits: { user: 0/s }`,
    ['limits.user: expected a rate such as 2000/s, 120/m or 10/h, got "0/s"'],
  ],
  [`${smallest}status: { budget: 0s }`, ["status.budget: must be longer than nothing"]],
  [`${smallest}status: { budget: 2h }`, ["status.budget: must be at most 1h"]],
  [
    `${smallest}status: { trust_for: ever }`,
    ['status.trust_for: expected a duration such as 1h, or forever, got "ever"'],
  ],
  [
    `${smallest}export: { delivery: mail }`,
    ['export.delivery: expected one of store, portal, got "mail"'],
  ],
  [`${smallest}blobs: { driver: ftp }`, ['blobs.driver: expected one of fs, s3, got "ftp"']],
  [`${smallest}blobs: { driver: s3 }`, ["blobs.bucket: is required"]],
  [`${smallest}hub: { public_url: "ftp://x" }`, ["hub.public_url: expected an http or https URL"]],
  [
    `${smallest}hub: { public_url: "http://x/?a=1" }`,
    ["hub.public_url: must not bear a query or a fragment"],
  ],
  [
    `${smallest}hub: { public_url: "http://x/?" }`,
    ["hub.public_url: must not bear a query or a fragment"],
  ],
  [
    `${smallest}identity: { url: "http://x#" }`,
    ["identity.url: must not bear a query or a fragment"],
  ],
  [
    `${smallest}tickets: []\nblobs: []`,
    ["tickets: expected a map, got a list", "blobs: expected a map, got a list"],
  ],
  [`${smallest}stuck: { warn_after: 3d }`, ["stuck.warn_after: is longer than alarm_after"]],
  [`${smallest}stuck: { deadline: 1d }`, ["stuck.alarm_after: is longer than deadline"]],
  [
    smallest.replace('id: "1"', "id: 1"),
    ['categories[0].id: expected a text, got 1; write it in quotes, "1"'],
  ],
  [
    withService("categories: []"),
    [
      "services.realty.categories: must not be empty",
      'categories[0]: no service holds category "1"',
    ],
  ],
  [withService("after: [realty]"), ["services.realty.after: waits for itself"]],
  [withService('categories: ["1", "1"]'), ['services.realty.categories[1]: "1" stands twice']],
];

test.each(refused.map(([text, faults]) => ({ text, faults, says: faults.join("; ") })))(
  "a document is refused with: $says",
  ({ text, faults }) => {
    expect(faultsOf(text)).toEqual(faults);
  },
);

describe("order of services", () => {
  const chain = (links: Record<string, string[]>) =>
    `categories: [{ id: "1", slug: a }]\nservices:\n${Object.entries(links)
      .map(
        ([name, after]) =>
          `  ${name}: { url: "http://127.0.0.1", keys: ${someKeys}, after: [${after}] }`,
      )
      .join("\n")}`;

  test("a cycle is shown from end to end, and another one beside it too", () => {
    expect(
      faultsOf(chain({ a: ["b"], b: ["c"], c: ["a"], d: ["e"], e: ["d"], f: ["a", "d"] })),
    ).toEqual([
      "services.a.after: a cycle: a after b after c after a",
      "services.d.after: a cycle: d after e after d",
    ]);
  });

  test("two ways to the same service are no cycle", () => {
    expect(faultsOf(chain({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toEqual([]);
  });
});

describe("names", () => {
  test("one name in two roles is refused, whichever the roles are", () => {
    const text = `${smallest}
portals: { realty: { keys: ${someKeys} }, takeout: { keys: ${someKeys} }, who: { keys: ${someKeys} } }
identity: { client: who }`;
    expect(faultsOf(text)).toEqual([
      'portals.takeout: the name "takeout" has a role already: hub.client',
      'identity.client: the name "who" has a role already: portals.who',
      'services.realty: the name "realty" has a role already: portals.realty',
    ]);
  });

  const mayReport = (name: string) => validateServiceName(name.replaceAll('"', ""));

  test.each(["a/b", "..", "17", "__proto__", "a b", `"${"x".repeat(65)}"`])(
    "a name that no path or label could bear is refused: %s",
    (name) => {
      expect(faultsOf(smallest.replace("realty", name)).join()).toContain("is no name");
      expect(mayReport(name)).toBe(false);
    },
  );

  test.each(["a", "Or.v2", "1orders", "or_d-e.r", `"${"x".repeat(64)}"`])(
    "a name that is taken here is one by which its service may report: %s",
    (name) => {
      expect(faultsOf(smallest.replace("realty", name))).toEqual([]);
      expect(mayReport(name)).toBe(true);
    },
  );

  test("a name that every object has is an ordinary name", () => {
    expect(faultsOf(smallest.replace("realty", "constructor"))).toEqual([]);
  });
});

describe("YAML", () => {
  test("faults of the syntax are told with their lines", () => {
    const faults = faultsOf('hub: { client: "a\nstatus: [\n');
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toMatch(/^takeout\.yaml line \d+, column \d+: /);
  });

  test("a key that stands twice is a fault, and the others are told with it", () => {
    expect(faultsOf(`${smallest}status: {}\nstatus: { budget: x }`)).toEqual([
      "takeout.yaml line 6, column 1: this key stands here for the second time",
      'status.budget: expected a duration such as 500ms, 3s, 10m, 24h or 30d, got "x"',
    ]);
  });

  test("a login of digits that YAML would read as another is refused, and any other number is itself", () => {
    const roles = (...logins: string[]) =>
      `${smallest}operators: { desk: { keys: ${someKeys}, roles: { ${logins.map((login) => `${login}: operator`).join(", ")} } } }`;
    const faults = faultsOf(roles("1130000012345678901", "0777", "1120000000012345", '"0778"'));
    expect(faults).toEqual([
      expect.stringMatching(
        /^takeout\.yaml line \d+, column \d+: 1130000012345678901 would be read as 11300000123456\d+; write it in quotes$/,
      ),
      expect.stringMatching(/: 0777 would be read as 777; write it in quotes$/),
    ]);
  });

  test("aliases that would explode are refused", () => {
    const bomb = Array.from({ length: 9 }, (_, n) => `x${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`);
    expect(
      faultsOf(["x: &a-1 [1]", ...bomb].join("\n").replaceAll("a-1", "a")).length,
    ).toBeGreaterThan(0);
  });
});

describe("keys", () => {
  const ed = makeKey("EdDSA");
  const es = makeKey("ES256");

  test("they come from a set, a single key or a file beside the configuration", () => {
    using folder = makeFolder({
      "a.json": JSON.stringify({ keys: [ed.publicJwk, { ...es.publicJwk, kid: "second" }] }),
      "takeout.yaml": `${smallest}portals:
  one: { keys: ./a.json }
  two: { keys: ${JSON.stringify(es.publicJwk)} }`,
    });
    const { config, faults } = readConfigFile(join(folder.path, "takeout.yaml"));
    expect(faults).toEqual([]);
    expect(config?.portals.get("one")?.keys).toMatchObject({
      keys: [
        { alg: "EdDSA", x: ed.publicJwk.x },
        { alg: "ES256", kid: "second" },
      ],
    });
    expect(config?.portals.get("two")?.keys).toMatchObject({
      keys: [{ alg: "ES256", y: es.publicJwk.y }],
    });
  });

  const rsa = { kty: "RSA", n: "AQAB", e: "AQAB" };
  const unusable: [keys: unknown, message: string][] = [
    [
      ed.privateJwk,
      "key 1: bears the private part of a key; only the public part belongs here, so replace the key",
    ],
    [
      { keys: [ed.publicJwk, es.privateJwk] },
      "key 2: bears the private part of a key; only the public part belongs here, so replace the key",
    ],
    [rsa, 'key 1: expected an EC P-256 or an OKP Ed25519 key, got kty "RSA", crv nothing'],
    [{ ...es.publicJwk, y: es.publicJwk.x }, "key 1: is not a valid key"],
    [{ ...ed.publicJwk, x: "AAAA" }, "key 1: is not a valid key"],
    [{ ...ed.publicJwk, alg: "ES256" }, 'key 1: alg is "ES256", but such a key signs with EdDSA'],
    [{ ...ed.publicJwk, use: "enc" }, 'key 1: use is "enc", expected "sig"'],
    [{ ...ed.publicJwk, kid: "a b" }, "key 1: kid must be 1 to 256 visible ASCII characters"],
    [
      {
        keys: [
          { ...ed.publicJwk, kid: "k" },
          { ...es.publicJwk, kid: "k" },
        ],
      },
      'two keys have the same kid, "k"',
    ],
    [{ keys: [] }, "has no key in it"],
    [{ keys: Array(101).fill(rsa) }, "has more than 100 keys in it"],
    [["x"], 'expected a JSON Web Key Set, {"keys": […]}, or one key'],
    ["/", '"/" is not a file'],
  ];

  test.each(unusable.map(([keys, message]) => ({ keys, message })))(
    "keys are refused with: $message",
    ({ keys, message }) => {
      const [fault] = faultsOf(
        `${smallest}portals: { passport: { keys: ${JSON.stringify(keys)} } }`,
      );
      expect(fault).toBe(`portals.passport.keys: ${message}`);
    },
  );

  test("what a key file says is never repeated", () => {
    using folder = makeFolder({ "a.json": "not-json-but-secret" });
    const text = `${smallest}portals: { one: { keys: ./a.json } }`;
    expect(readConfigText(text, folder.path, "x").faults).toEqual([
      'portals.one.keys: "./a.json": expected a JSON Web Key Set, {"keys": […]}, or one key',
    ]);
  });
});

describe("the file", () => {
  test("one that is not there, too large or no file is named", () => {
    using folder = makeFolder({ "large.yaml": `#${" ".repeat(1024 * 1024)}` });
    const large = join(folder.path, "large.yaml");
    expect(readConfigFile(large).faults).toEqual([
      `TAKEOUT_CONFIG: ${large} is larger than 1048576 bytes`,
    ]);
    expect(readConfigFile(folder.path).faults).toEqual([
      `TAKEOUT_CONFIG: ${folder.path} is not a file`,
    ]);
    expect(readConfigFile(`${large}x`).faults).toEqual([
      `TAKEOUT_CONFIG: ${large}x does not exist`,
    ]);
  });

  test("a pipe is refused rather than waited for", () => {
    using folder = makeFolder();
    const pipe = join(folder.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(readConfigFile(pipe).faults).toEqual([`TAKEOUT_CONFIG: ${pipe} is not a file`]);
  });
});
