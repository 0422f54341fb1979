import { runChild } from '../child.ts';
import { compared, type Figure, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import type { BenchEngines } from '../with-engines.ts';
import type { BackfillRun } from './backfill-sizes.ts';
import { moduleOf } from './module-of.ts';
import type { ReadInput, ReadResult } from './read-child.ts';
import { withUsers } from './seed-users.ts';

const TENTH = 10;

/** Into a sink that takes everything at once: a whole backfill, beside the driver's cursor and a tenth of itself. */
export const readThroughout = ({ mongoUri }: BenchEngines, run: BackfillRun): Promise<Figure[]> => {
  const { documents } = run.sizes;
  const few = Math.ceil(documents / TENTH);
  return withUsers(mongoUri, documents, (all) =>
    withUsers(mongoUri, few, async (tenth) => {
      const of = (contender: ReadInput['contender'], database: string) => () =>
        perSecond(run, { contender, mongoUri, database });
      const rates = await alternate(run.rounds, {
        cursor: of('decoded-cursor', all),
        pick: of('pick', all),
        tenth: of('pick', tenth),
        whole: of('whole', all),
        function: of('function', all),
        fields: of('function-of-fields', all),
      });
      const seconds = (count: number, perSecond: readonly number[]) => perSecond.map((rate) => count / rate);
      return [
        ...besideCursor(rates),
        compared({
          figure: `picking fields of ${documents.toLocaleString('en-US')} documents`,
          unit: 's',
          values: seconds(documents, rates.pick),
          against: `of ${few.toLocaleString('en-US')}`,
          peerValues: seconds(few, rates.tenth),
          goal: { atMost: 10.5 },
        }),
      ];
    }),
  );
};

const besideCursor = (
  rates: {
    readonly [contender in 'cursor' | 'pick' | 'whole' | 'function' | 'fields']: readonly number[];
  },
): Figure[] => {
  const peer = { unit: 'documents/s', against: 'a decoded cursor', peerValues: rates.cursor };
  const raw = { ...peer, goal: { atLeast: 2.5 } };
  const decoded = { ...peer, goal: { atLeast: 0.85 } };
  return [
    measured({ figure: 'a decoded cursor', unit: 'documents/s', values: rates.cursor }),
    compared({ ...raw, figure: 'a backfill that picks fields', values: rates.pick }),
    compared({ ...raw, figure: 'a backfill that passes everything on', values: rates.whole }),
    compared({ ...decoded, figure: 'a backfill by a function', values: rates.function }),
    compared({ ...decoded, figure: 'a backfill by a function of named fields', values: rates.fields }),
  ];
};

const perSecond = async (run: BackfillRun, input: ReadInput): Promise<number> => {
  const { documents, elapsedMs } = await runChild<ReadResult>(moduleOf('read-child'), input);
  const rate = (documents * 1_000) / elapsedMs;
  run.say(`${input.contender}: ${Math.round(rate)} documents/s`);
  return rate;
};
