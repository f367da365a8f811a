import fc from "fast-check";
import { expect, test } from "vitest";
import { cutMembers } from "../../../examples/feedback/original-task/cut-members.ts";

const names = ["uid", "ip"];
const rest = (text: string) => cutMembers(text, names).rest;

test.each([
  ['{"uid":"1","a":2}', '{"a":2}'],
  ['{"a":2,"uid":"1"}', '{"a":2}'],
  ['{ "a" : 2 , "uid" : "1" , "b" : 3 }', '{ "a" : 2 , "b" : 3 }'],
  ['{\n  "ip": "x",\n  "uid": "1",\n  "a": 1.50e+1\n}\n', '{\n  "a": 1.50e+1\n}\n'],
  ['{"a":"\\"uid\\":\\"1\\"","uid":"1"}', '{"a":"\\"uid\\":\\"1\\""}'],
  ['{"a":{"uid":"2","b":[{"ip":"3"}]},"uid":"1"}', '{"a":{"uid":"2","b":[{"ip":"3"}]}}'],
  ['{"uid":"1","b":0,"uid":"2"}', '{"b":0}'],
  ['{"\\u0075id":"1","b":"\\u0062"}', '{"b":"\\u0062"}'],
  ['{"uid":{"deep":["}",{}]},"b":[]}', '{"b":[]}'],
  ['{ "uid" : "1" }', "{  }"],
  ['{"a":1}', '{"a":1}'],
  [' ["uid"] ', ' ["uid"] '],
  ["{}", "{}"],
])("of %s is left %s", (text, left) => {
  expect(rest(text)).toBe(left);
});

test("the value that is given is the one that PostgreSQL would find: the last of a name", () => {
  const { values } = cutMembers('{"uid":"1","ip":null,"uid": 2 }', names);
  expect([...values]).toEqual([
    ["uid", "2"],
    ["ip", "null"],
  ]);
});

test("whatever else a task has, and however it is written, is left as it was", () => {
  const blank = fc.stringMatching(/^[ \n\t\r]{0,3}$/);
  const value = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.jsonValue({ maxDepth: 3 }).map((any) => JSON.stringify(any, undefined, 2)),
  );
  const name = fc.oneof(fc.constantFrom(...names), fc.string());
  const member = fc.record({ name, value, before: blank, colon: blank, after: blank });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 8 }), (members) => {
      const write = (some: typeof members) =>
        some
          .map(
            ({ name, value, before, colon, after }) =>
              `${before}${JSON.stringify(name)}${colon}:${value}${after}`,
          )
          .join(",");
      const kept = members.filter(({ name }) => !names.includes(name));
      const left = rest(`{${write(members)}}`);
      // Blanks beside what was taken may go with it; nothing else may differ, in bytes.
      const bare = (text: string) => text.replace(/"(?:[^"\\]|\\.)*"|[ \n\t\r]+/g, keepStrings);
      expect(bare(left)).toBe(bare(`{${write(kept)}}`));
      for (const { name, colon, value } of kept) {
        expect(left).toContain(`${JSON.stringify(name)}${colon}:${value}`);
      }
    }),
    { numRuns: 500 },
  );
});

function keepStrings(part: string): string {
  return part.startsWith('"') ? part : "";
}
