import { partStates, partTransitions } from "../src/domain/part.ts";

/** The life of a part as a Mermaid diagram, drawn from the table of transitions. */
export function drawStateDiagram(): string {
  const edges = partStates.flatMap((from) => {
    const targets = Object.entries(partTransitions[from]);
    const byTarget = Map.groupBy(targets, ([, to]) => to);
    return [...byTarget].map(([to, events]) => {
      const names = events.map(([event]) => event).join("<br>");
      return `  ${from} --> ${to}: ${names}`;
    });
  });
  const ends = partStates.filter((state) => Object.keys(partTransitions[state]).length === 0);
  return [
    "stateDiagram-v2",
    "  [*] --> waiting: accepted, a service goes first",
    "  [*] --> due: accepted",
    ...edges,
    ...ends.map((state) => `  ${state} --> [*]`),
  ].join("\n");
}
