import { expect, test } from "vitest";
import { namesIn } from "./naming.ts";

test.each([
  ['{"uid":"4001"}', ["4001"]],
  ["row of uid4001, b@example.com", ["4001", "b@example.com"]],
  ["2102f710-73fe-4001-9764-997114001a86", []],
  ["http://127.0.0.1:40010, 34001", []],
  ["b@example-com", []],
])("%s", (text, names) => {
  expect(namesIn(text, "4001", "b@example.com")).toEqual(names);
});
