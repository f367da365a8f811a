/** What V8 records: a tree of calls, and which of them ran at each look. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[];
  /** Microseconds between looks. */
  readonly timeDeltas?: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

/** A call with everything that it called, times in ms. */
export interface Frame {
  readonly name: string;
  /** File and line, from the project's root; empty for what is V8's own. */
  readonly place: string;
  readonly self: number;
  readonly total: number;
  readonly children: readonly Frame[];
}

export function readTree(profile: CpuProfile, root: string): Frame {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const self = new Map<number, number>();
  for (const [at, id] of (profile.samples ?? []).entries()) {
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas?.[at] ?? 0) / 1_000);
  }
  // The recorder's own work is not what is asked for.
  const isMeasured = (id: number) => !nodes.get(id)?.callFrame.url.endsWith("/recorder.ts");
  const build = (id: number): Frame => {
    const node = nodes.get(id);
    const children = (node?.children ?? [])
      .filter(isMeasured)
      .map(build)
      .sort((a, b) => b.total - a.total);
    const own = self.get(id) ?? 0;
    const { functionName = "", url = "", lineNumber = 0 } = node?.callFrame ?? {};
    return {
      name: functionName || "(anonymous)",
      place: url ? `${shorten(url, root)}:${lineNumber + 1}` : "",
      self: own,
      total: children.reduce((sum, { total }) => sum + total, own),
      children,
    };
  };
  return build(profile.nodes[0]?.id ?? 0);
}

function shorten(url: string, root: string): string {
  const path = url.replace(/^file:\/\//, "");
  const modules = path.lastIndexOf("node_modules/");
  if (modules >= 0) return path.slice(modules + "node_modules/".length);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

export interface Hot {
  readonly what: string;
  readonly ms: number;
}

/** What took the most time itself, by function. */
export function listFunctions(top: Frame): Hot[] {
  return sumUp(top, ({ name, place }) => `${name} ${place}`.trim());
}

/** The same by package, room of the source, or part of Node. */
export function listRooms(top: Frame): Hot[] {
  return sumUp(top, ({ name, place }) => (place ? roomOf(place) : name));
}

function roomOf(place: string): string {
  const parts = place.split("/");
  if (place.startsWith("node:")) return place.replace(/:\d+$/, "");
  const depth = parts[0]?.startsWith("@") || parts[0] === "src" ? 2 : 1;
  return parts.slice(0, depth).join("/").replace(/:\d+$/, "");
}

function sumUp(top: Frame, nameOf: (frame: Frame) => string): Hot[] {
  const sums = new Map<string, number>();
  const visit = (frame: Frame) => {
    const what = nameOf(frame);
    sums.set(what, (sums.get(what) ?? 0) + frame.self);
    frame.children.forEach(visit);
  };
  visit(top);
  return [...sums].map(([what, ms]) => ({ what, ms })).sort((a, b) => b.ms - a.ms);
}
