import { defaults } from "./defaults.ts";
import { type Fault, quote } from "./fault.ts";
import { at, entriesOf } from "./raw.ts";

interface Naming {
  readonly name: unknown;
  readonly path: readonly string[];
}

/** Not digits alone: such keys lose their place in the order of a map. */
const namePattern = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const loginPattern = /^[\x21-\x7e]{1,128}$/;

/** Every client has one name and one role, and a name that is fit for a path, a label and a ticket. */
export function checkNames(document: unknown): Fault[] {
  const namings = listNamings(document);
  return [
    ...namings.filter(isMisnamed).map(({ path, name }) => ({ path, message: explainName(name) })),
    ...findSecondRoles(namings),
    ...checkLogins(document),
    ...checkSourceIds(document, new Set(namings.map(({ name }) => name))),
  ];
}

function listNamings(document: unknown): Naming[] {
  const named = (role: string) =>
    entriesOf(at(document, role)).map(([name]) => ({ name, path: [role, name] }));
  const identity = at(document, "identity");
  return [
    { name: at(document, "hub", "client") ?? defaults.hub.client, path: ["hub", "client"] },
    ...named("portals"),
    ...named("operators"),
    ...(identity === undefined
      ? []
      : [
          {
            name: at(identity, "client") ?? defaults.identity.client,
            path: ["identity", "client"],
          },
        ]),
    ...named("services"),
  ];
}

function isMisnamed({ name }: Naming): boolean {
  return typeof name === "string" && !namePattern.test(name);
}

function explainName(name: unknown): string {
  return `${quote(name)} is no name: 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit, not digits alone`;
}

function findSecondRoles(namings: readonly Naming[]): Fault[] {
  const first = new Map<unknown, Naming>();
  return namings.flatMap((naming) => {
    const earlier = first.get(naming.name);
    if (earlier === undefined) first.set(naming.name, naming);
    if (earlier === undefined || typeof naming.name !== "string") return [];
    return [
      {
        path: naming.path,
        message: `the name ${quote(naming.name)} has a role already: ${earlier.path.join(".")}`,
      },
    ];
  });
}

function checkLogins(document: unknown): Fault[] {
  return entriesOf(at(document, "operators")).flatMap(([name, operators]) =>
    entriesOf(at(operators, "roles"))
      .filter(([login]) => !loginPattern.test(login))
      .map(([login]) => ({
        path: ["operators", name, "roles", login],
        message: "a login is 1 to 128 visible ASCII characters",
      })),
  );
}

function checkSourceIds(document: unknown, known: ReadonlySet<unknown>): Fault[] {
  return entriesOf(at(document, "tickets", "ids"))
    .filter(([, name]) => typeof name === "string" && !known.has(name))
    .map(([id, name]) => ({
      path: ["tickets", "ids", id],
      message: `names no client: ${quote(name)}`,
    }));
}
