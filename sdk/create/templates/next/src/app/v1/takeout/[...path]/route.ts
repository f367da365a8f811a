// Imported when called: `next build` has no key.
export async function POST(request: Request): Promise<Response> {
  const { takeout } = await import("../../../../takeout.ts");
  return takeout.fetch(request);
}
