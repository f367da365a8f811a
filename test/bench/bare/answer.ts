/** As long as what the hub says of one category. */
export const statusAnswer = JSON.stringify({
  status: "ok",
  data: [{ id: "1", slug: "favorites", state: "empty", update_date: "2026-01-01T00:00:00.000Z" }],
});
