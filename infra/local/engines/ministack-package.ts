import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../services/core/index.ts';
import { cachedFolder } from './cached-folder.ts';
import type { Choice, Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { startEngineProcess } from './engine-process.ts';
import { freePort } from './free-port.ts';
import { lambdaPath, ministackReady, ministackSettings } from './ministack-settings.ts';
import { findPython, type Python, pipInstall } from './python.ts';

const VERSION = '1.5.33';
const REQUIREMENTS = join(import.meta.dirname, 'ministack.requirements.txt');

/** MiniStack, the AWS emulator, as a Python package in the cache. */
export const ministackPackage = (options: EngineOptions): Choice => ({
  name: 'MiniStack from a Python package',
  look: async () => {
    const python = await findPython(options.path);
    if ('why' in python) return { availability: 'missing', detail: python.why };
    return existsSync(folderOf(options, python))
      ? { availability: 'ready', detail: `MiniStack ${VERSION} in the cache` }
      : { availability: 'fetchable', detail: `MiniStack ${VERSION} would be fetched with pip (20 MB)` };
  },
  start: async () => {
    const python = await findPython(options.path);
    if ('why' in python) throw new Error(python.why);
    const cached = existsSync(folderOf(options, python));
    try {
      return await start(options, python);
    } catch (thrown) {
      if (!cached) throw thrown;
      options.log(`MiniStack of the cache does not start, fetching it anew (${messageOf(thrown)})`);
      await rm(folderOf(options, python), { recursive: true, force: true });
      return start(options, python);
    }
  },
});

// Compiled parts belong to one version of Python.
const folderOf = ({ cacheFolder }: EngineOptions, { version }: Python): string =>
  join(cacheFolder, `ministack-${VERSION}-python-${version}`);

const start = async (options: EngineOptions, python: Python): Promise<Engine> => {
  const packages = await cachedFolder({
    path: folderOf(options, python),
    isIntact: async (path) => existsSync(join(path, 'ministack', '__main__.py')),
    fill: async (folder) => {
      options.log(`fetching MiniStack ${VERSION}, the AWS emulator, with pip (20 MB)`);
      await pipInstall({ python, requirements: REQUIREMENTS, folder, signal: options.signal });
    },
    signal: options.signal,
  });
  const folder = await mkdtemp(join(tmpdir(), 'banyan-aws-'));
  const state = join(folder, 'state');
  await mkdir(state);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'ministack.log');
  const leash = await startEngineProcess({
    program: python.program,
    args: ['-m', 'ministack'],
    // Nothing of ours: the Lambdas inherit it.
    env: {
      ...ministackSettings(port),
      PATH: lambdaPath(options.path),
      PYTHONPATH: packages,
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      STATE_DIR: state,
      S3_DATA_DIR: join(state, 's3'),
      DOCKER_HOST: `unix://${join(folder, 'no-docker')}`,
    },
    cwd: folder,
    logFile,
    graceMs: 0,
    removeFolder: folder,
    ready: (signal) => ministackReady(address, signal),
    lastWords: () => lastLine(logFile),
  });
  return {
    name: 'AWS emulator',
    origin: `MiniStack ${VERSION} from a Python package`,
    container: false,
    address,
    stop: () => leash.letGo(),
  };
};

const lastLine = async (log: string): Promise<string | undefined> =>
  (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').at(-1) || undefined;
