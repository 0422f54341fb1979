import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Engine } from './engine.ts';
import { startEngineProcess } from './engine-process.ts';
import { type Ready, startMembers } from './start-members.ts';

export interface MongodOptions {
  /** Required. The mongod to run. */
  readonly program: string;
  /** Required. What the engine says of where it came from. */
  readonly origin: string;
  /** Optional: where it finds shared libraries that the machine lacks. */
  readonly libraryPath?: string;
  /** Optional: data that is kept; by default a temporary folder, removed when it stops. */
  readonly dataFolder?: string | undefined;
  /** Optional: defaults to 1. Several keep no data. */
  readonly members?: number | undefined;
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
 * Starts mongods as a replica set with a primary, on free ports of the loopback.
 * @throws BanyanError `engine-failed` with the last error in its log.
 */
export const startMongod = async (options: MongodOptions): Promise<Engine> => {
  const { hosts, members, stop } = await startMembers({
    count: options.members ?? 1,
    start: (port, ready) => startProcess(options, port, ready),
  });
  return {
    name: 'MongoDB',
    origin: options.origin,
    container: false,
    address: `mongodb://${hosts.join(',')}/?replicaSet=rs0`,
    members,
    stop,
  };
};

const startProcess = async (options: MongodOptions, port: number, ready: Ready) => {
  const isKept = options.dataFolder !== undefined && (options.members ?? 1) === 1;
  const temporary = isKept ? undefined : await mkdtemp(join(tmpdir(), 'banyan-mongod-'));
  const data = resolve(temporary ?? options.dataFolder ?? '');
  await mkdir(data, { recursive: true });
  const logFile = join(data, 'mongod.log');
  const leash = await startEngineProcess({
    program: options.program,
    args: [...mongodSettings(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--dbpath', data],
    env: { LANG: 'C.UTF-8', ...(options.libraryPath ? { LD_LIBRARY_PATH: options.libraryPath } : {}) },
    cwd: data,
    logFile,
    graceMs: temporary ? 0 : SAVE_WITHIN_MS,
    ...(temporary ? { removeFolder: temporary } : {}),
    ready: (signal) => ready(`mongodb://127.0.0.1:${port}`, signal),
    lastWords: () => lastError(logFile),
  });
  return () => leash.letGo();
};

/** The last message of severity error or fatal in mongod's log; failing that, its last line. */
const lastError = async (log: string): Promise<string | undefined> => {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  const error = lines.findLast((text) => /"s":"[EF]"/.test(text));
  if (!error) return lines.at(-1) || undefined;
  const { msg, attr } = JSON.parse(error) as { msg: string; attr?: { error?: unknown } };
  return attr?.error ? `${msg} ${JSON.stringify(attr.error)}` : msg;
};
