// `next start` reads PORT, but no HOST: that has to be an argument.
process.argv.push("start", "-H", process.env.HOST ?? "127.0.0.1");
void import("next/dist/bin/next");
