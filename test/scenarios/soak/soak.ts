import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { engineOptions, startAwsEmulator } from '../../../infra/local/engines/index.ts';
import { describeMachine } from '../../bench/machine.ts';
import { withEngines } from '../../bench/with-engines.ts';
import { wholeNumber } from '../../support/whole-number.ts';
import { runSoak, type SoakResult } from './run-soak.ts';

interface Given {
  readonly documents: number;
  readonly writesPerSecond: number;
  readonly kills: number;
  readonly seed: number;
  readonly json?: string;
}

/** Ends with 0 when everything held, and with 1 when anything did not. */
const main = async (): Promise<void> => {
  const given = program().parse().opts<Given>();
  const folder = await mkdtemp(join(tmpdir(), 'banyan-soak-'));
  const again = `npm run soak -- --documents ${given.documents} --writes-per-second ${given.writesPerSecond} --kills ${given.kills} --seed ${given.seed}`;
  say(`seed ${given.seed}`);
  try {
    const result = await soak(given, folder);
    if (given.json) await writeJson(given.json, result);
    for (const line of described(result)) say(line);
    if (result.failures.length === 0) return await rm(folder, { recursive: true });
  } catch (thrown) {
    say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  }
  say(`FAILED. Again: ${again}\nThe evidence is in ${folder}`);
  process.exitCode = 1;
};

/** The stream has an emulator of its own: each of its puts costs more the more it holds, and the table's would wait. */
const soak = (given: Given, folder: string): Promise<SoakResult> =>
  withEngines(say, async ({ mongoUri, awsEndpoint }) => {
    process.env.BANYAN_TEST_MONGODB_URI = mongoUri;
    process.env.BANYAN_TEST_AWS_ENDPOINT = awsEndpoint;
    const kinesis = await startAwsEmulator(engineOptions({ PATH: process.env.PATH }, say));
    try {
      return await runSoak({ ...given, folder, say, kinesisEndpoint: kinesis.address });
    } finally {
      await kinesis.stop();
    }
  });

const program = (): Command =>
  new Command('npm run soak --')
    .description(
      'Copies documents into a table while applications write, the relay and the stream consumer run as in ' +
        'production, and the copying process is killed again and again; then `banyan verify` compares both sides, and ' +
        'a log of every version that the table ever held shows whether any went back.',
    )
    .option('--documents <n>', 'how many there are before anybody writes', wholeNumber, 200_000)
    .option('--writes-per-second <n>', 'transactions through the outbox', wholeNumber, 300)
    .option('--kills <n>', 'how often the copying process gets a SIGKILL', wholeNumber, 30)
    .option(
      '--seed <n>',
      'of the writes, of the moments of the kills and of the overtakings; defaults to a random one',
      wholeNumber,
      randomInt(1, 2 ** 31),
    )
    .option('--json <file>', 'write the result there, too')
    .addHelpText(
      'after',
      '\nOf a hundred writes, 60 change a document (half of them one of 200), 25 insert, 10 delete, 5 create again.\n' +
        'Exits 0 when there are no mismatches, no regressions and no holes in the log, and every kill happened; 1\n' +
        'otherwise: the last lines name the seed and the folder with the evidence.',
    );

const described = (result: SoakResult): string[] => {
  const { kills, overtaken, committedWrites, writesPerSecond, stored, verify, regressions, holes } = result;
  return [
    `${result.documents} documents copied in ${result.copySeconds} s with ${kills} kills, ${overtaken} copies overtaken; ` +
      `${committedWrites} writes committed meanwhile, ${writesPerSecond}/s`,
    `versions stored: ${stored.copy ?? 0} by the copy, ${stored.stream ?? 0} by the stream; ` +
      `${regressions.length} regressions, ${holes.length} holes in the log`,
    `verify: ${verify.compared} compared, ${verify.mismatches} mismatches`,
    ...result.failures.map((failure) => `broken: ${failure}`),
    ...(result.failures.length === 0 ? [`Everything holds. ${result.seconds} s`] : []),
  ];
};

const writeJson = (file: string, result: SoakResult): Promise<void> =>
  writeFile(file, `${JSON.stringify({ name: 'soak', machine: describeMachine(), ...result }, null, 2)}\n`);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await main();
