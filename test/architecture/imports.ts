import ts from "typescript";

/** One thing that a file reaches for. */
export interface Reach {
  file: string;
  /** Path from the root, or the package's name. */
  target: string;
  typeOnly: boolean;
}

export interface SourceFacts {
  reaches: Reach[];
  /** Globals and members it uses, as written: `fetch`, `process.env`, `Date.now`. */
  uses: Set<string>;
}

/** What a file imports and which globals it uses, from its syntax alone. */
export function readFacts(file: string, text: string): SourceFacts {
  const facts: SourceFacts = { reaches: [], uses: new Set() };
  const visit = (node: ts.Node) => {
    const found = importOf(node);
    if (found !== undefined) {
      facts.reaches.push({ file, target: resolveFrom(file, found.name), typeOnly: found.typeOnly });
    }
    const use = useOf(node);
    if (use !== undefined) facts.uses.add(use);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return facts;
}

function importOf(node: ts.Node): { name: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { name: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause) };
  }
  if (
    ts.isExportDeclaration(node) &&
    node.moduleSpecifier &&
    ts.isStringLiteral(node.moduleSpecifier)
  ) {
    return { name: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { name: node.argument.literal.getText().slice(1, -1), typeOnly: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [name] = node.arguments;
    if (name && ts.isStringLiteralLike(name)) return { name: name.text, typeOnly: false };
  }
  return undefined;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return `${node.expression.text}.${node.name.text}`;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return node.expression.text;
  if (ts.isNewExpression(node) && node.expression.getText() === "Date") {
    return node.arguments?.length ? undefined : "new Date()";
  }
  return undefined;
}

function resolveFrom(file: string, name: string): string {
  if (!name.startsWith(".")) return name;
  return new URL(name, `file:///${file}`).pathname.slice(1);
}
