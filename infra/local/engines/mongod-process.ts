import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Engine } from './engine.ts';
import { startEngineProcess } from './engine-process.ts';
import { freePort } from './free-port.ts';
import { becomePrimary } from './replica-set.ts';

export interface MongodOptions {
  /** Required. The mongod to run. */
  readonly program: string;
  /** Required. What the engine says of where it came from. */
  readonly origin: string;
  /** Optional: where it finds shared libraries that the machine lacks. */
  readonly libraryPath?: string;
  /** Optional: data that is kept; by default a temporary folder, removed when it stops. */
  readonly dataFolder?: string | undefined;
}

const SAVE_WITHIN_MS = 20_000;

/** Settings of a mongod that serves one person's machine: small, and quick to stop. */
export const mongodSettings = (port: number): string[] => [
  ...['--replSet', 'rs0', '--port', String(port), '--wiredTigerCacheSizeGB', '0.25'],
  ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
  // A set of one has nobody to hand over to.
  ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
];

/**
 * Starts a mongod as a replica set of one, primary, on a free port of the loopback.
 * @throws BanyanError `engine-failed` with the last error in its log.
 */
export const startMongod = async (options: MongodOptions): Promise<Engine> => {
  const temporary = options.dataFolder ? undefined : await mkdtemp(join(tmpdir(), 'banyan-mongod-'));
  const data = resolve(options.dataFolder ?? temporary ?? '');
  await mkdir(data, { recursive: true });
  const port = await freePort();
  const member = `127.0.0.1:${port}`;
  const logFile = join(data, 'mongod.log');
  const leash = await startEngineProcess({
    program: options.program,
    args: [...mongodSettings(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--dbpath', data],
    env: { LANG: 'C.UTF-8', ...(options.libraryPath ? { LD_LIBRARY_PATH: options.libraryPath } : {}) },
    cwd: data,
    logFile,
    graceMs: temporary ? 0 : SAVE_WITHIN_MS,
    ...(temporary ? { removeFolder: temporary } : {}),
    ready: (signal) => becomePrimary({ direct: `mongodb://${member}`, member, signal }),
    lastWords: () => lastError(logFile),
  });
  return {
    name: 'MongoDB',
    origin: options.origin,
    container: false,
    address: `mongodb://${member}/?replicaSet=rs0`,
    stop: () => leash.letGo(),
  };
};

/** The last message of severity error or fatal in mongod's log; failing that, its last line. */
const lastError = async (log: string): Promise<string | undefined> => {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  const error = lines.findLast((text) => /"s":"[EF]"/.test(text));
  if (!error) return lines.at(-1) || undefined;
  const { msg, attr } = JSON.parse(error) as { msg: string; attr?: { error?: unknown } };
  return attr?.error ? `${msg} ${JSON.stringify(attr.error)}` : msg;
};
