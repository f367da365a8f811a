/** Prepares the next few items while the first of them is used; what comes out keeps the order. */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  most: number,
  prepare: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const line: Promise<R>[] = [];
  for await (const item of items) {
    const prepared = prepare(item);
    prepared.catch(() => {}); // it is heard of in its turn
    line.push(prepared);
    if (line.length === most) yield await (line.shift() as Promise<R>);
  }
  for (const prepared of line) yield await prepared;
}
