/** Runs every contender once a round, in turn; every other round backwards, so that none always goes first. */
export const alternate = async <Name extends string, T>(
  rounds: number,
  contenders: { readonly [name in Name]: (round: number) => Promise<T> },
): Promise<{ [name in Name]: T[] }> => {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as { [name in Name]: T[] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) results[name].push(await contenders[name](round));
  }
  return results;
};

/** Not a number when there are no values. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
};

/** The value that `share` (0.99) of the values do not exceed; not a number when there are none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};
