import type { NextConfig } from "next";

// The hub follows no redirect, so that the slash at the end has to stay.
export default { trailingSlash: true, serverExternalPackages: ["pg"] } satisfies NextConfig;
