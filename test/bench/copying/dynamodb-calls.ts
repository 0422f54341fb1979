import { compared, type Figure } from '../figure.ts';
import { alternate } from '../rounds.ts';
import type { SinkInput, SinkResult } from './sink-child.ts';

type Write = (
  input: Pick<SinkInput, 'contender' | 'staleEvery'>,
) => Promise<SinkResult & { perSecond: number }>;

/** What one item in so many being newer already does to the calls that could be used. */
const STALE_EVERY = { 'nothing stale': 0, 'one in 20 stale': 20 };

/**
 * The calls of DynamoDB that write under a condition, beside each other, on the emulator: what the store is made of was
 * chosen by this.
 */
export const comparingCalls = async (rounds: number, write: Write): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const [what, staleEvery] of Object.entries(STALE_EVERY)) {
    const of = (contender: SinkInput['contender']) => () => write({ contender, staleEvery });
    const results = await alternate(rounds, {
      loop: of('put-loop'),
      transactions: of('transactions'),
      store: of('store'),
    });
    const rates = (all: readonly { perSecond: number }[]) => all.map(({ perSecond }) => perSecond);
    const peer = { unit: 'items/s', against: 'a loop of conditional puts', peerValues: rates(results.loop) };
    figures.push(
      compared({
        ...peer,
        figure: `transactions by 100, on the emulator, ${what}`,
        values: rates(results.transactions),
      }),
      compared({ ...peer, figure: `the store, on the emulator, ${what}`, values: rates(results.store) }),
    );
  }
  return figures;
};
