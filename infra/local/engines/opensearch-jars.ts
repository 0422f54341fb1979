import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BanyanError } from '../../../services/core/index.ts';
import { cachedFolder } from './cached-folder.ts';
import type { Choice, Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { startEngineProcess } from './engine-process.ts';
import { fileSha256 } from './file-digest.ts';
import { freePort } from './free-port.ts';
import { findJava, type Java } from './java.ts';
import { openSearchReady } from './opensearch-ready.ts';
import { runProgram, saidOf } from './run-program.ts';

const VERSION = '2.19.6';
const HERE = join(import.meta.dirname, 'opensearch');
const FETCH_WITHIN_MS = 10 * 60_000;

/** An OpenSearch node out of its jars, which Maven fetches, and a main class of ours. */
export const openSearchJars = (options: EngineOptions): Choice => ({
  name: 'OpenSearch by Maven',
  look: async () => {
    const java = await findJava(options.path);
    if ('why' in java) return { availability: 'missing', detail: java.why };
    if (existsSync(folderOf(options))) {
      return { availability: 'ready', detail: `OpenSearch ${VERSION} in the cache` };
    }
    if (!java.maven) return { availability: 'missing', detail: 'there is no mvn on the PATH' };
    return { availability: 'fetchable', detail: `OpenSearch ${VERSION} would be fetched with Maven (47 MB)` };
  },
  start: async () => {
    const java = await findJava(options.path);
    if ('why' in java) throw new BanyanError('no-java', java.why);
    const folder = await cachedFolder({
      path: folderOf(options),
      isIntact,
      fill: (path) => fetchNode(path, java, options),
      signal: options.signal,
    });
    return startNode(folder, java);
  },
});

const folderOf = ({ cacheFolder }: EngineOptions): string => join(cacheFolder, `opensearch-${VERSION}`);

/** As pinned: lines of `sha256  file`. */
const isIntact = async (folder: string): Promise<boolean> => {
  const pinned = (await readFile(join(HERE, 'jars.sha256'), 'utf8')).trim().split('\n');
  for (const line of pinned) {
    const [sha256, jar = ''] = line.split(/\s+/);
    if ((await fileSha256(join(folder, jar))) !== sha256) return false;
  }
  return existsSync(join(folder, 'SmallNode.class'));
};

const fetchNode = async (
  folder: string,
  { javac, maven }: Java,
  { log, signal }: EngineOptions,
): Promise<void> => {
  if (!maven) throw new BanyanError('no-maven', 'there is no mvn on the PATH');
  log(`fetching OpenSearch ${VERSION} with Maven (47 MB)`);
  // A person's settings (a mirror, a proxy) stay in force.
  await run(maven, [
    ...['--batch-mode', '--quiet', '--strict-checksums', '-Dstyle.color=never'],
    ...['--file', join(HERE, 'pom.xml'), 'dependency:copy-dependencies'],
    ...['-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
  ]);
  await run(javac, ['--release', '11', '-cp', join(folder, '*'), '-d', folder, join(HERE, 'SmallNode.java')]);
  if (await isIntact(folder)) return;
  throw new BanyanError('not-as-pinned', 'what Maven fetched is not what jars.sha256 names');

  async function run(program: string, args: string[]): Promise<void> {
    try {
      await runProgram(program, args, { timeoutMs: FETCH_WITHIN_MS, signal });
    } catch (cause) {
      throw new BanyanError('fetch-failed', `${program}: ${saidOf(cause)}`, { cause });
    }
  }
};

const startNode = async (jars: string, { java }: Java): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-opensearch-'));
  await mkdir(join(folder, 'config'));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'node.log');
  const leash = await startEngineProcess({
    program: java,
    args: [...jvmOptions(folder), '-cp', `${jars}:${jars}/*`, 'SmallNode', folder, ...nodeSettings(port)],
    env: { LANG: 'C.UTF-8', HOME: folder },
    cwd: folder,
    logFile,
    graceMs: 0,
    removeFolder: folder,
    ready: (signal) => openSearchReady(address, signal),
    lastWords: () => lastLine(logFile),
  });
  return {
    name: 'OpenSearch',
    origin: `OpenSearch ${VERSION} by Maven`,
    container: false,
    address,
    stop: () => leash.letGo(),
  };
};

/** Quick to start and small, not quick to search: 3.5 s and 215 MB where the defaults take 9 s and twice that. */
const jvmOptions = (folder: string): string[] => [
  ...['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  ...[`-Djava.io.tmpdir=${folder}`, '-Dlog4j2.disable.jmx=true'],
];

const nodeSettings = (port: number): string[] => [
  ...['cluster.name=banyan', 'node.name=banyan', 'discovery.type=single-node'],
  ...['network.host=127.0.0.1', `http.port=${port}`, 'transport.port=0'],
  ...['http.type=netty4', 'transport.type=netty4'],
  // A disk that is nearly full makes indices read-only: none of our business here.
  'cluster.routing.allocation.disk.threshold_enabled=false',
  // As the smallest of Amazon's domains have it.
  'http.max_content_length=10mb',
];

const lastLine = async (log: string): Promise<string | undefined> =>
  (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').at(-1) || undefined;
