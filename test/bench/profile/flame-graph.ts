import type { Frame } from "./tree.ts";

/** Narrower ones cannot be seen. */
const leastShare = 0.0005;
const leftOut = new Set(["(idle)"]);

type Drawn = readonly [name: string, place: string, self: number, total: number, children: Drawn[]];

/** One page that needs nothing else: each call as wide as its time, what it called below it; a click enlarges. */
export function drawFlameGraph(title: string, top: Frame): string {
  const children = top.children.filter(({ name }) => !leftOut.has(name));
  const total = children.reduce((sum, child) => sum + child.total, 0);
  const tree = simplify({ ...top, name: title, children, total }, total * leastShare);
  const data = JSON.stringify(tree).replaceAll("<", "\\u003c");
  return `<!doctype html><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>
body { font: 12px sans-serif; margin: 8px }
#graph { position: relative }
#graph div { position: absolute; height: 17px; overflow: hidden; white-space: nowrap; box-sizing: border-box;
  border-right: 1px solid #fff; padding: 1px 3px; cursor: pointer }
</style>
<p id="says">&nbsp;</p><div id="graph"></div>
<script>
const tree = ${data}, whole = tree[3], graph = document.getElementById("graph"), says = document.getElementById("says");
const ancestors = new Map();
(function link(node) { for (const child of node[4]) { ancestors.set(child, node); link(child) } })(tree);
function colour([name, place]) {
  const room = place.startsWith("src/") ? 130 : place.startsWith("node:") ? 210 : place ? 35 : 0;
  let hash = 0; for (const char of name + place) hash = (hash * 31 + char.charCodeAt(0)) % 997;
  return "hsl(" + (room + hash % 20) + " " + (place ? 65 : 0) + "% " + (70 + hash % 12) + "%)";
}
function draw(focus) {
  graph.textContent = "";
  const path = []; for (let node = focus; node; node = ancestors.get(node)) path.unshift(node);
  let deepest = 0;
  function box(node, depth, left, width) {
    if (width < 0.0005) return;
    deepest = Math.max(deepest, depth);
    const element = document.createElement("div");
    Object.assign(element.style, { left: left * 100 + "%", width: width * 100 + "%", top: depth * 18 + "px", background: colour(node) });
    element.textContent = node[0];
    element.onmouseenter = () => { says.textContent = node[0] + " " + node[1] + ": " + (node[3] / whole * 100).toFixed(1) + " %, itself " + (node[2] / whole * 100).toFixed(1) + " %" };
    element.onclick = () => draw(node);
    graph.append(element);
  }
  path.slice(0, -1).forEach((node, depth) => box(node, depth, 0, 1));
  (function below(node, depth, left, width) {
    box(node, depth, left, width);
    for (const child of node[4]) { const own = width * child[3] / node[3]; below(child, depth + 1, left, own); left += own }
  })(focus, path.length - 1, 0, 1);
  graph.style.height = (deepest + 2) * 18 + "px";
}
draw(tree);
</script>
`;
}

function simplify(frame: Frame, least: number): Drawn {
  const children = frame.children.filter(({ total }) => total >= least);
  const round = (ms: number) => Math.round(ms * 10) / 10;
  return [
    ...([frame.name, frame.place, round(frame.self), round(frame.total)] as const),
    children.map((child) => simplify(child, least)),
  ];
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
