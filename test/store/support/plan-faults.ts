/** A node of a plan, as `explain (format json)` writes it. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Filter?: string;
  readonly "Sort Key"?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

/**
 * Where a plan reads one of these tables whole, or along an index from end to end, and where it sorts all that it read
 * to take the first, or finds one by what many have: each grows with the table.
 */
export function faultsOf(plan: PlanNode, tables: readonly string[], above?: PlanNode): string[] {
  const type = plan["Node Type"];
  const table = plan["Relation Name"] ?? "";
  const isLimited = above?.["Node Type"] === "Limit";
  const faults: string[] = [];
  if (type === "Seq Scan" && tables.includes(table)) faults.push(`reads ${table} whole`);
  const index = plan["Index Name"] ?? "";
  const isOfOne = tables.some((name) => index.startsWith(`${name}_`));
  const isUnbounded = isOfOne && !plan["Index Cond"];
  if (isUnbounded && !isLimited && !isLocked(above)) {
    faults.push(`reads ${index} from end to end`);
  }
  if (index === "parts_open_service" && plan.Filter?.includes("deletion_id")) {
    faults.push("looks for a deletion's part among all that are open");
  }
  const [sorted] = plan.Plans ?? [];
  if (type.endsWith("Sort") && isLimited && tables.includes(sorted?.["Relation Name"] ?? "")) {
    faults.push(`sorts ${sorted?.["Relation Name"]} by ${plan["Sort Key"]} to take the first`);
  }
  return [...faults, ...(plan.Plans ?? []).flatMap((inner) => faultsOf(inner, tables, plan))];
}

/** Rows are locked below the limit. */
function isLocked(above?: PlanNode): boolean {
  return above?.["Node Type"] === "LockRows";
}
