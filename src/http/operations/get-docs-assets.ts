import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DocsAsset } from "../../../generated/hub.ts";

const require = createRequire(import.meta.url);

// Which document: the hub's own, or one of what it calls. Nothing can be sent from the page, so it asks nobody for
// tickets either.
const initScript = `const documents = ["connected-service", "identity", "portal-storage"];
const wanted = documents.find((name) => name === location.search.slice(1));
document.querySelector('#documents a[href="/docs' + (wanted ? "?" + wanted : "") + '"]')
  .setAttribute("aria-current", "page");

const nothing = () => () => null;
const withoutTickets = () => ({
  wrapComponents: { authorizeBtn: nothing, authorizeOperationBtn: nothing },
});

SwaggerUIBundle({
  url: wanted ? "/docs/" + wanted + ".yaml" : "/openapi/hub.yaml",
  dom_id: "#docs",
  deepLinking: true,
  plugins: [withoutTickets],
  supportedSubmitMethods: [],
  validatorUrl: null,
});
`;

const pageStyle = `body { margin: 0; }
#documents { display: flex; flex-wrap: wrap; gap: 1.5rem; padding: 1rem 1.75rem; background: #1b1b1b; font: 1rem sans-serif; }
#documents a { color: #fff; }
#documents a[aria-current] { font-weight: 700; text-decoration: none; }
`;

const documentOf = (name: string) =>
  readFile(new URL(`../../../generated/${name}`, import.meta.url), "utf8");

/** Where the text of each file comes from. The whole table: nothing else can be asked for. */
const sources: { readonly [Name in DocsAsset]: () => Promise<string> } = {
  "init.js": async () => initScript,
  "swagger-ui-bundle.js": () =>
    readFile(require.resolve("swagger-ui-dist/swagger-ui-bundle.js"), "utf8"),
  "swagger-ui.css": () => readFile(require.resolve("swagger-ui-dist/swagger-ui.css"), "utf8"),
  "page.css": async () => pageStyle,
  "connected-service.yaml": () => documentOf("connected-service.yaml"),
  "identity.yaml": () => documentOf("identity.yaml"),
  "portal-storage.yaml": () => documentOf("portal-storage.yaml"),
};

/** Whether there is such a file of the API reference. */
export function isDocsAsset(name: string): name is DocsAsset {
  return Object.hasOwn(sources, name);
}

/** Reads a file when it is first asked for, then keeps it; one that could not be read is tried again. */
export function createDocsAssets(): (name: DocsAsset) => Promise<string> {
  const kept = new Map<DocsAsset, Promise<string>>();
  return (name) => {
    const known = kept.get(name);
    if (known) return known;
    const text = sources[name]();
    kept.set(name, text);
    text.catch(() => kept.delete(name));
    return text;
  };
}
