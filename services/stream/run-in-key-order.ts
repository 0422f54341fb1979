/** Runs a task as soon as there is room: p-limit's function, or any other bulkhead. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Runs `run` on every item: one key's items after each other in their order, different keys at once as far as
 * `limit` has room. Answers the results in the order of the items.
 * @throws the first failure, once nothing is running any more; after a failure nothing new is started.
 */
export const runInKeyOrder = async <T, R>(options: {
  items: readonly T[];
  keyOf: (item: T) => string;
  limit: Limit;
  run: (item: T) => Promise<R>;
}): Promise<R[]> => {
  const results: R[] = [];
  const failures: unknown[] = [];
  const runChain = async (chain: readonly { item: T; at: number }[]): Promise<void> => {
    for (const { item, at } of chain) {
      if (failures.length > 0) return;
      try {
        results[at] = await options.run(item);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  const numbered = options.items.map((item, at) => ({ item, at }));
  const chains = Map.groupBy(numbered, ({ item }) => options.keyOf(item));
  await Promise.all([...chains.values()].map((chain) => options.limit(() => runChain(chain))));
  if (failures.length > 0) throw failures[0];
  return results;
};
