import type { DocsAsset } from "../../../generated/hub.ts";
import type { Handler } from "../operation.ts";
import { docsHeaders } from "./get-docs-policy.ts";

/** From the root, because the page itself is served with and without a trailing slash. */
const urlOf = (asset: DocsAsset) => `/docs/${asset}`;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Takeout hub: API reference</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${urlOf("swagger-ui.css")}">
    <link rel="stylesheet" href="${urlOf("page.css")}">
  </head>
  <body>
    <noscript>This page needs JavaScript. The document itself: <a href="/openapi/hub.yaml">hub.yaml</a></noscript>
    <nav id="documents" aria-label="Documents">
      <a href="/docs">The hub</a>
      <a href="/docs?connected-service">Connected services</a>
      <a href="/docs?identity">Identity</a>
      <a href="/docs?portal-storage">Portal storage</a>
    </nav>
    <div id="docs"></div>
    <script src="${urlOf("swagger-ui-bundle.js")}"></script>
    <script src="${urlOf("init.js")}"></script>
  </body>
</html>
`;

export const getDocs: Handler = async () => ({
  status: 200,
  body: page,
  headers: { ...docsHeaders, "content-type": "text/html; charset=utf-8" },
});
