import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfigText } from "../../src/config/read-config.ts";
import { someKeys } from "./samples.ts";

const read = (text: string) => readConfigText(text, "/etc/takeout", "takeout.yaml");

describe("keys at a URL", () => {
  const withKeys = (keys: string, role = "portals", name = "passport") => `
categories: [{ id: "1", slug: favorites }]
services:
  ${role === "services" ? `${name}: { url: "http://127.0.0.1:1", keys: ${keys} }` : `realty: { url: "http://127.0.0.1:1", keys: ${someKeys} }`}
${role === "services" ? "" : `${role}: { ${name}: { keys: ${keys} } }`}`;

  test.each([
    [
      "https",
      '"https://keys.example/jwks.json?of=passport"',
      "https://keys.example/jwks.json?of=passport",
    ],
    ["https in capitals", '"HTTPS://Keys.example/a"', "https://keys.example/a"],
    ["https as a map", '{ url: "https://keys.example/a" }', "https://keys.example/a"],
    [
      "https that need not be secure",
      '{ url: "https://keys.example/a", insecure: true }',
      "https://keys.example/a",
    ],
    ["plain http on this machine, by name", '"http://localhost:81/a"', "http://localhost:81/a"],
    ["plain http on this machine, by address", '"http://127.8.9.10/a"', "http://127.8.9.10/a"],
    ["plain http on this machine, by its IPv6 address", '"http://[::1]:81/a"', "http://[::1]:81/a"],
    [
      "plain http elsewhere, where somebody says that it is safe",
      '{ url: "http://keys.example/a", insecure: true }',
      "http://keys.example/a",
    ],
  ])("are accepted: %s", (_, keys, url) => {
    const { config, faults } = read(withKeys(keys));
    expect(faults).toEqual([]);
    expect(config?.portals.get("passport")?.keys).toEqual({ url });
  });

  test("are accepted for every kind of client", () => {
    const keys = '"https://keys.example/a"';
    const url = "https://keys.example/a";
    expect(read(withKeys(keys, "operators", "desk")).config?.operators.get("desk")?.keys).toEqual({
      url,
    });
    expect(read(withKeys(keys, "services", "realty")).config?.services[0]?.keys).toEqual({ url });
  });

  const plain =
    "plain http is for this machine alone; use https, or write { url: …, insecure: true }";
  test.each([
    ["plain http elsewhere", '"http://keys.example/a"', [`keys: ${plain}`]],
    ["plain http elsewhere as a map", '{ url: "http://keys.example/a" }', [`keys.url: ${plain}`]],
    [
      "plain http that is said not to be insecure",
      '{ url: "http://keys.example/a", insecure: false }',
      [`keys.url: ${plain}`],
    ],
    [
      "a name that only begins like this machine's",
      '"http://localhost.example/a"',
      [`keys: ${plain}`],
    ],
    [
      "an address that only begins like this machine's",
      '"http://127.0.0.1.example/a"',
      [`keys: ${plain}`],
    ],
    ["another scheme", '"ftp://keys.example/a"', ["keys: expected an https URL"]],
    ["a file URL", '"file:///etc/passwd"', ["keys: expected an https URL"]],
    ["no URL", '{ url: "keys.example" }', ["keys.url: expected an https URL"]],
    ["a number", "{ url: 7 }", ["keys.url: expected an https URL"]],
    ["credentials", '"https://me:hidden@keys.example/a"', ["keys: must not bear credentials"]],
    ["a name alone", '"https://hidden@keys.example/a"', ["keys: must not bear credentials"]],
    ["a fragment", '"https://keys.example/a#b"', ["keys: must not bear a fragment"]],
    ["no URL beside insecure", "{ insecure: true }", ["keys.url: is required"]],
    [
      "everything at once",
      '{ url: "http://me:hidden@keys.example", insecure: 1, secure: true }',
      [
        "keys.secure: unknown key",
        "keys.insecure: expected true or false, got 1",
        "keys.url: must not bear credentials",
      ],
    ],
  ])("are refused: %s", (_, keys, faults) => {
    const told = read(withKeys(keys)).faults;
    expect(told).toEqual(faults.map((fault) => `portals.passport.${fault}`));
    expect(told.join()).not.toContain("hidden");
  });
});

describe("the tvmtool driver", () => {
  const rest = `
categories: [{ id: "1", slug: favorites }]
portals: { passport: {} }
operators: { desk: {} }
identity: {}
services: { realty: { url: "http://127.0.0.1:1" }, travel: { url: "http://127.0.0.1:2" } }
`;
  const all =
    "2000: takeout, 2001: passport, 2002: desk, 2003: identity, 2004: realty, 2005: travel";
  const withTickets = (ids: string, more = 'url: "http://localhost:1/", token: " abc "') =>
    `tickets: { driver: tvmtool, ${more}, ids: { ${ids} } }${rest}`;

  test("needs a URL, a token and an id of everybody, and no keys", () => {
    const { config, faults } = read(withTickets(all));
    expect(faults).toEqual([]);
    expect(config?.tickets).toMatchObject({ url: "http://localhost:1", token: "abc" });
    expect(config?.tickets).toMatchObject({
      ids: new Map([
        ["2000", "takeout"],
        ["2001", "passport"],
        ["2002", "desk"],
        ["2003", "identity"],
        ["2004", "realty"],
        ["2005", "travel"],
      ]),
    });
  });

  test("knows a client that only calls by as many ids as it has", () => {
    expect(read(withTickets(`${all}, 3001: passport, 4294967295: desk`)).faults).toEqual([]);
  });

  test.each([
    [
      "nothing but its name",
      "tickets: { driver: tvmtool }",
      ["tickets.url: is required", "tickets.token: is required", "tickets.ids: is required"],
    ],
    [
      "ids that are no map",
      'tickets: { driver: tvmtool, url: "http://localhost:1", token: t, ids: [] }',
      ["tickets.ids: expected a map, got a list"],
    ],
    [
      "clients without an id",
      withTickets("2001: passport, 2004: realty"),
      [
        'tickets.ids: has no id of "takeout"',
        'tickets.ids: has no id of "identity"',
        'tickets.ids: has no id of "travel"',
        'tickets.ids: has no id of "desk"',
      ],
    ],
    [
      "two ids of one that the hub calls, or of the hub",
      withTickets(`${all}, 3000: takeout, 3004: realty`),
      [
        'tickets.ids.3000: "takeout" has an id already, 2000, and the hub would not know by which to call it',
        'tickets.ids.3004: "realty" has an id already, 2004, and the hub would not know by which to call it',
      ],
    ],
    [
      "an id of nobody",
      withTickets(`${all}, 7: nobody`),
      ['tickets.ids.7: names no client: "nobody"'],
    ],
    [
      "an id that is no number of a client",
      withTickets(`${all}, "02": desk`),
      ["tickets.ids.02: expected the number of a client"],
    ],
    [
      "an id beyond 32 bits",
      withTickets(`${all}, 4294967296: desk`),
      ["tickets.ids.4294967296: must be at most 4294967295"],
    ],
    [
      "a URL that is none",
      withTickets(all, "url: localhost, token: t"),
      ["tickets.url: expected an http or https URL"],
    ],
    [
      "an empty token",
      withTickets(all, 'url: "http://localhost:1", token: " "'),
      ["tickets.token: expected visible ASCII characters in quotes"],
    ],
  ])("is refused with %s", (_, text, faults) => {
    const whole = text.includes("categories") ? text : text + rest;
    expect([...read(whole).faults].sort()).toEqual([...faults].sort());
  });

  test.each(["12345678901234567890123456789012", '"hidden hidden"', "[hidden]", "hidden\\u00e9"])(
    "never repeats a token that is none: %s",
    (token) => {
      const { faults } = read(
        withTickets(
          all,
          `url: "http://localhost:1", token: ${token.includes("\\") ? `"${token}"` : token}`,
        ),
      );
      expect(faults).toEqual(["tickets.token: expected visible ASCII characters in quotes"]);
    },
  );

  test("and what is wrong with keys at URLs are told together", () => {
    const text = withTickets("2000: takeout").replace(
      "passport: {}",
      'passport: { keys: "http://keys.example" }',
    );
    const paths = read(text).faults.map((fault) => fault.split(":")[0]);
    expect(paths).toEqual(["portals.passport.keys", ...Array(5).fill("tickets.ids")]);
  });
});

test("the README's configuration of the daemon is one", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const shown = /```yaml\n(tickets:\n[\s\S]*?)```/.exec(readme)?.[1];
  const rest = `
categories: [{ id: "1", slug: favorites }]
portals: { passport: {} }
services: { realty: { url: "http://127.0.0.1:4101" } }`;
  const { config, faults } = read(shown + rest);
  expect(faults).toEqual([]);
  expect(config?.tickets.driver).toBe("tvmtool");
});
