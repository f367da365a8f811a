import { takeout } from "./takeout.ts";

export const POST = takeout.fetch;
