import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Kept with the packages, so that it goes with them; where nothing can be written, nothing is kept.
enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "takeout"));
const { dispatch } = await import("./commands/dispatch.ts");

process.exitCode = await dispatch(process.argv.slice(2));
