import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as validators from "../../generated/validators.js";
import {
  deleteAnswer,
  deleteCall,
  deleteRequest,
  exportCall,
  identityAnswer,
  report,
  statusCall,
} from "./bodies.ts";

type Path = readonly (string | number)[];
interface Subject {
  readonly name: string;
  readonly validate: validators.Validator<unknown>;
  readonly body: object;
  readonly required: readonly string[];
  readonly refusesUnknown: boolean;
}

const subjects: readonly Subject[] = [
  {
    name: "delete",
    validate: validators.validateDeleteRequest,
    body: deleteRequest,
    required: [],
    refusesUnknown: true,
  },
  {
    name: "report",
    validate: validators.validateSetDataStatusRequest,
    body: report,
    required: ["yandex_uid", "category_id", "state", "service"],
    refusesUnknown: true,
  },
  {
    name: "status call",
    validate: validators.validateServiceStatusRequest,
    body: statusCall,
    required: ["yandex_uids", "categories"],
    refusesUnknown: false,
  },
  {
    name: "delete call",
    validate: validators.validateServiceDeleteRequest,
    body: deleteCall,
    required: ["yandex_uids", "categories", "deletion_id", "report_uid", "to", "attempt"],
    refusesUnknown: false,
  },
  {
    name: "export call",
    validate: validators.validateServiceExportRequest,
    body: exportCall,
    required: ["yandex_uids", "categories", "job_id", "upload_url", "report_uid", "deadline"],
    refusesUnknown: false,
  },
  {
    name: "result",
    validate: validators.validateServiceDeleteAnswer,
    body: deleteAnswer,
    required: [],
    refusesUnknown: false,
  },
  {
    name: "identifiers",
    validate: validators.validateIdentityAnswer,
    body: identityAnswer,
    required: ["yandex_uids", "complete"],
    refusesUnknown: false,
  },
];

function listPaths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, item]) => listPaths(item, [...at, key]))];
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce((at, key) => (at as Record<string, unknown>)[key], body);
}

function replaced(body: object, path: Path, value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const copy = structuredClone(body);
  (valueAt(copy, path.slice(0, -1)) as Record<string, unknown>)[last] = value;
  return copy;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

describe.each(subjects)("$name", ({ validate, body, required, refusesUnknown }) => {
  const paths = fc.constantFrom(...listPaths(body));
  const texts = fc.constantFrom(
    ...listPaths(body).filter((path) => typeof valueAt(body, path) === "string"),
  );

  test("a value of another kind anywhere is refused", () => {
    fc.assert(
      fc.property(paths, fc.jsonValue({ maxDepth: 4 }), (path, value) => {
        fc.pre(kindOf(value) !== kindOf(valueAt(body, path)));
        expect(validate(replaced(body, path, value))).toBe(false);
      }),
    );
  });

  test("U+0000 anywhere in a text is refused", () => {
    fc.assert(
      fc.property(texts, fc.nat(), (path, seed) => {
        const text = String(valueAt(body, path));
        const at = seed % (text.length + 1);
        const spoiled = `${text.slice(0, at)}\u0000${text.slice(at)}`;
        expect(validate(replaced(body, path, spoiled))).toBe(false);
      }),
    );
  });

  test("every text and every list has an upper bound", () => {
    for (const path of listPaths(body)) {
      const value = valueAt(body, path);
      const grown =
        typeof value === "string"
          ? value + "1".repeat(5000)
          : Array.isArray(value) && Array.from({ length: 1001 }, () => value[0]);
      if (grown) expect([path, validate(replaced(body, path, grown))]).toEqual([path, false]);
    }
  });

  test("exactly the required fields may not be left out", () => {
    for (const name of Object.keys(body)) {
      const { [name as never]: _, ...rest } = body;
      expect([name, validate(rest)]).toEqual([name, !required.includes(name)]);
    }
  });

  test(`a field that is not known is ${refusesUnknown ? "refused" : "ignored"}`, () => {
    const unknown = fc.string({ minLength: 1 }).filter((name) => !(name in body));
    fc.assert(
      fc.property(unknown, fc.jsonValue(), (name, value) => {
        const more = Object.fromEntries([...Object.entries(body), [name, value]]);
        expect(validate(more)).toBe(!refusesUnknown);
      }),
    );
  });

  test("whatever comes is judged, with at most 20 faults that bear nothing of it", () => {
    const marked = fc.string({ unit: "grapheme" }).map((text) => `4815162342${text}`);
    const value = fc.letrec((tie) => ({
      value: fc.oneof(marked, tie("list"), tie("object"), fc.constant(4815162342)),
      list: fc.array(tie("value"), { maxLength: 40 }),
      object: fc.dictionary(fc.oneof(marked, fc.constantFrom(...Object.keys(body))), tie("value")),
    })).value;
    fc.assert(
      fc.property(
        fc.oneof(
          value,
          fc.tuple(paths, value).map(([path, at]) => replaced(body, path, at)),
        ),
        (any) => {
          const isValid = validate(any);
          expect(validate.errors === null).toBe(isValid);
          expect(validate.errors?.length ?? 0).toBeLessThanOrEqual(20);
          expect(JSON.stringify(validate.errors)).not.toContain("4815162342");
        },
      ),
    );
  });
});

describe("instants", () => {
  const { validateServiceDeleteAnswer: validate } = validators;
  const offset = fc.integer({ min: -1439, max: 1439 });

  test("any instant of the years 2 to 9998 is accepted with any offset", () => {
    const instant = fc.date({
      min: new Date("0002-01-01T00:00:00Z"),
      max: new Date("9998-12-31T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, offset, (at, minutes) => {
        const text = withOffset(at, minutes);
        expect(Date.parse(text)).toBe(at.getTime());
        expect(validate({ retained_until: text })).toBe(true);
      }),
    );
  });

  test("a day is accepted exactly if the calendar has it", () => {
    const part = fc.integer({ min: 0, max: 99 });
    const year = fc.integer({ min: 2, max: 9998 });
    fc.assert(
      fc.property(year, fc.integer({ min: 0, max: 14 }), part, (y, m, d) => {
        const date = new Date(0);
        date.setUTCFullYear(y, m - 1, d);
        const exists =
          date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
        const text = `${pad(y, 4)}-${pad(m)}-${pad(d)}T00:00:00Z`;
        expect([text, validate({ retained_until: text })]).toEqual([text, exists]);
      }),
      { numRuns: 500 },
    );
  });
});

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

function withOffset(at: Date, minutes: number): string {
  const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(minutes);
  return `${local}${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}
