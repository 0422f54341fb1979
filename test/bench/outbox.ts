import { runChild } from './child.ts';
import { compared, type Figure, measured } from './figure.ts';
import { withOutbox } from './publishing/bench-outbox.ts';
import { moduleOf } from './publishing/module-of.ts';
import type { OutboxWriteInput, OutboxWriteResult } from './publishing/outbox-write-child.ts';
import { quantile } from './rounds.ts';
import { runBench } from './run-bench.ts';
import { withEngines } from './with-engines.ts';

const WARM_UP = 500;

const figuresOf = (results: readonly OutboxWriteResult[]): Figure[] => {
  const figure = (name: string, share: number): Figure[] => {
    const values = results.map(({ withMs }) => quantile(withMs, share));
    const peerValues = results.map(({ withoutMs }) => quantile(withoutMs, share));
    const against = 'the same transaction without it';
    return [
      measured({ figure: `${name} of a transaction`, unit: 'ms', values: peerValues }),
      compared({
        figure: `${name} with the outbox`,
        unit: 'ms',
        values,
        against,
        peerValues,
        goal: { atMost: 1.6 },
      }),
    ];
  };
  return [...figure('p50', 0.5), ...figure('p99', 0.99)];
};

await runBench({
  name: 'outbox',
  rounds: 5,
  sizes: { writes: 3_000 },
  measure: (run) =>
    withEngines(run.say, async ({ mongoUri }) => {
      const results: OutboxWriteResult[] = [];
      for (let round = 0; round < run.rounds; round += 1) {
        const result = await withOutbox(mongoUri, ({ database }) => {
          const input: OutboxWriteInput = { mongoUri, database, writes: run.sizes.writes, warmUp: WARM_UP };
          return runChild<OutboxWriteResult>(moduleOf('outbox-write-child'), input);
        });
        results.push(result);
        const of = (values: readonly number[]) =>
          `p50 ${quantile(values, 0.5).toFixed(2)} ms, p99 ${quantile(values, 0.99).toFixed(2)} ms`;
        run.say(`with: ${of(result.withMs)}; without: ${of(result.withoutMs)}`);
      }
      return figuresOf(results);
    }),
});
