export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { takeout } = await import("./takeout.ts");
    await takeout.start();
  }
}
