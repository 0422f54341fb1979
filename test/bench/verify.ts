import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { recordOfDocument, systemClock } from '../../services/core/index.ts';
import { DynamoDbStore } from '../../services/store/dynamodb-store.ts';
import { createTable } from '../support/dynamodb-table.ts';
import { runChild, startChild } from './child.ts';
import { userOf, withUsers } from './copying/seed-users.ts';
import { compared, type Figure, measured } from './figure.ts';
import { alternate } from './rounds.ts';
import { type BenchRun, runBench } from './run-bench.ts';
import { profileReading } from './verifying/profile-reading.ts';
import type { VerifyChildResult, VerifyInput } from './verifying/verify-child.ts';
import { type BenchEngines, withEngines } from './with-engines.ts';

type Sizes = { documents: number; 'emulator-documents': number; 'memory-documents': number };
type Run = BenchRun<Sizes>;
type Result = VerifyChildResult & { readonly perSecond: number };
type Sides = Omit<VerifyInput, 'contender'>;

const GOAL = { atLeast: 0.7 };
const MEMORY_GOAL = { atMost: 1.25 };
/** A peak hardly varies. */
const MEMORY_ROUNDS = 1;
const PER_PUT = 1_000;

const moduleOf = (name: string): string => join(import.meta.dirname, 'verifying', `${name}.ts`);

const runOne = async (run: Run, input: VerifyInput): Promise<Result> => {
  const result = await runChild<VerifyChildResult>(moduleOf('verify-child'), input);
  const perSecond = (result.documents * 1_000) / result.elapsedMs;
  const [rate, cost] = [Math.round(perSecond), (result.cpuMs * 1_000) / result.documents];
  run.say(
    `${input.contender}: ${rate} documents/s, ${cost.toFixed(1)} µs each, ${Math.round(result.peakRssMb)} MB`,
  );
  return { ...result, perSecond };
};

const rates = (results: readonly Result[]): number[] => results.map(({ perSecond }) => perSecond);

/** Both ways of comparing against reading both sides and no more. */
const comparing = async (run: Run, sides: Sides, where: string): Promise<Figure[]> => {
  const of = (contender: VerifyInput['contender']) => () => runOne(run, { ...sides, contender });
  const results = await alternate(run.rounds, {
    read: of('read-both'),
    checksum: of('checksum'),
    full: of('full'),
  });
  const unit = 'documents/s';
  const against = `reading both sides, ${where}`;
  const peer = { unit, against, peerValues: rates(results.read) };
  return [
    measured({ figure: against, unit, values: peer.peerValues }),
    compared({ ...peer, figure: `by checksums, ${where}`, values: rates(results.checksum), goal: GOAL }),
    compared({ ...peer, figure: `in full, ${where}`, values: rates(results.full) }),
  ];
};

/** So many users, and a table with their profiles that answers at once. */
const withInstantTable = <T>(
  { mongoUri }: BenchEngines,
  documents: number,
  work: (sides: Sides) => Promise<T>,
): Promise<T> =>
  withUsers(mongoUri, documents, async (database) => {
    const table = await startChild<string, null>(moduleOf('instant-profiles'), { items: documents });
    table.go();
    try {
      return await work({ mongoUri, database, endpoint: table.ready, accessKeyId: 'bench', table: 'bench' });
    } finally {
      table.stop();
      await table.result;
    }
  });

/** What a comparison by checksums takes, of a tenth of the documents and of all of them. */
const memory = async (engines: BenchEngines, run: Run): Promise<Figure[]> => {
  const documents = run.sizes['memory-documents'];
  const peaks = (many: number): Promise<number[]> =>
    withInstantTable(engines, many, async (sides) => {
      const checksum = () => runOne(run, { ...sides, contender: 'checksum' });
      const results = await alternate(MEMORY_ROUNDS, { checksum });
      return results.checksum.map(({ peakRssMb }) => peakRssMb);
    });
  const few = Math.ceil(documents / 10);
  const at = (many: number) => `peak RSS, ${many.toLocaleString('en-US')} documents`;
  const peerValues = await peaks(few);
  return [
    measured({ figure: at(few), unit: 'MB', values: peerValues }),
    compared({
      figure: at(documents),
      unit: 'MB',
      values: await peaks(documents),
      against: at(few),
      peerValues,
      goal: MEMORY_GOAL,
    }),
  ];
};

/** A table of the emulator with so many profiles. */
const fill = async (client: DynamoDBClient, documents: number): Promise<string> => {
  const table = await createTable(client, { partition: 'key' });
  const store = new DynamoDbStore({ client, table, clock: systemClock, mostlyAbsent: true });
  for (let from = 0; from < documents; from += PER_PUT) {
    const length = Math.min(PER_PUT, documents - from);
    const users = Array.from({ length }, (_, n) => userOf(from + n));
    await store.putIfNewer(
      users.map((user) => recordOfDocument(user, profileReading.slice, profileReading.transform)),
    );
  }
  return table;
};

const onEmulator = ({ mongoUri, awsEndpoint }: BenchEngines, run: Run): Promise<Figure[]> => {
  const documents = run.sizes['emulator-documents'];
  return withUsers(mongoUri, documents, async (database) => {
    const accessKeyId = String(randomInt(1e11, 1e12));
    const credentials = { accessKeyId, secretAccessKey: 'bench' };
    const client = new DynamoDBClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials });
    const table = await fill(client, documents);
    client.destroy();
    const sides = { mongoUri, database, endpoint: awsEndpoint, accessKeyId, table };
    return comparing(run, sides, 'on the emulator');
  });
};

await runBench<Sizes>({
  name: 'verify',
  rounds: 5,
  sizes: { documents: 300_000, 'emulator-documents': 20_000, 'memory-documents': 1_000_000 },
  parts: ['instant', 'emulator', 'memory'],
  measure: (run) =>
    withEngines(run.say, async (engines) => [
      ...(run.wants('instant')
        ? await withInstantTable(engines, run.sizes.documents, (sides) =>
            comparing(run, sides, 'answered at once'),
          )
        : []),
      ...(run.wants('emulator') ? await onEmulator(engines, run) : []),
      ...(run.wants('memory') ? await memory(engines, run) : []),
    ]),
});
