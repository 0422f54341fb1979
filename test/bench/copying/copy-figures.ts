import { compared, type Figure, measured } from '../figure.ts';
import { alternate } from '../rounds.ts';
import type { BenchEngines } from '../with-engines.ts';
import type { BackfillRun } from './backfill-sizes.ts';
import { type CopyOptions, type CopyUse, runCopy } from './run-copy.ts';
import { withUsers } from './seed-users.ts';
import { withInstantSink } from './with-instant-sink.ts';

/** `banyan backfill run` into DynamoDB, where the endpoint answers at once: what its process takes. */
export const copied = (engines: BenchEngines, run: BackfillRun): Promise<Figure[]> => {
  const { documents, 'few-documents': few } = run.sizes;
  return withInstantSink((sink) =>
    withUsers(engines.mongoUri, documents, (all) =>
      withUsers(engines.mongoUri, few, async (a_few) => {
        const of = (plan: CopyOptions['plan'], database: string) => async () => {
          const use = await runCopy({ engines, database, sink, plan });
          const { cpuMs, peakRssMb } = use;
          run.say(
            `${plan} of ${database === all ? documents : few}: ${Math.round(peakRssMb)} MB, ${Math.round(cpuMs)} ms`,
          );
          return use;
        };
        return figuresOf(
          run,
          await alternate(run.rounds, {
            few: of('function', a_few),
            all: of('function', all),
            pick: of('pick', all),
          }),
        );
      }),
    ),
  );
};

const figuresOf = (
  { sizes }: BackfillRun,
  uses: { readonly [run in 'few' | 'all' | 'pick']: readonly CopyUse[] },
): Figure[] => {
  const { documents, 'few-documents': few } = sizes;
  const peaks = (all: readonly CopyUse[]) => all.map(({ peakRssMb }) => peakRssMb);
  const costs = (all: readonly CopyUse[]) => all.map(({ cpuMs }) => (cpuMs * 1_000) / documents);
  const count = (number: number) => `${number.toLocaleString('en-US')} documents`;
  return [
    measured({
      figure: `peak memory, ${count(documents)} by a function`,
      unit: 'MB',
      values: peaks(uses.all),
      goal: { atMost: 300 },
    }),
    compared({
      figure: `peak memory, ${count(documents)} by a function`,
      unit: 'MB',
      values: peaks(uses.all),
      against: count(few),
      peerValues: peaks(uses.few),
      goal: { atMost: 1.15 },
    }),
    measured({
      figure: 'peak memory, picking fields',
      unit: 'MB',
      values: peaks(uses.pick),
      goal: { atMost: 300 },
    }),
    compared({
      figure: 'a copy that picks fields, processor time',
      unit: 'µs/document',
      values: costs(uses.pick),
      against: 'a function of the same',
      peerValues: costs(uses.all),
    }),
  ];
};
