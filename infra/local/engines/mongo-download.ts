import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './cached-folder.ts';
import type { Choice } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { fileSha256 } from './file-digest.ts';
import { startMongod } from './mongod-process.ts';
import { runProgram, saidOf } from './run-program.ts';
import { libraryPathFor } from './shared-libraries.ts';

const VERSION = '8.2.6';
const SCRIPT = join(import.meta.dirname, 'download-mongod.ts');

// strict_ssl: the downloader checks no certificate unless npm's setting says so.
const DOWNLOADER_ENV = {
  npm_config_strict_ssl: 'true',
  MONGOMS_MAX_RETRIES: '1',
  MONGOMS_PREFER_GLOBAL_PATH: 'false',
  NODE_USE_ENV_PROXY: '1',
};

/** MongoDB's own archive for this machine, as mongodb-memory-server finds and checks it. */
export const mongoDownload = (options: EngineOptions): Choice => {
  const path = join(options.cacheFolder, `mongod-${VERSION}-${process.arch}`);
  const script = (args: readonly string[], timeoutMs: number) =>
    runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ...DOWNLOADER_ENV },
      timeoutMs,
      signal: options.signal,
    });
  const fill = async (folder: string) => {
    options.log(`downloading MongoDB ${VERSION} (about 100 MB)`);
    await script(['fetch', VERSION, folder], 15 * 60_000);
    await keepOnly(folder, 'mongod');
    await writeFile(join(folder, 'sha256'), (await fileSha256(join(folder, 'mongod'))) ?? '');
  };
  return {
    name: "MongoDB's download site",
    look: async () => {
      if (existsSync(path)) return { availability: 'ready', detail: `mongod ${VERSION} in the cache` };
      try {
        await script(['check', VERSION], 8_000);
        return { availability: 'fetchable', detail: `mongod ${VERSION} would be downloaded (about 100 MB)` };
      } catch (thrown) {
        return { availability: 'missing', detail: `it cannot be reached (${saidOf(thrown)})` };
      }
    },
    start: async () => {
      const folder = await cachedFolder({ path, isIntact: isAsRecorded, fill, signal: options.signal });
      const program = join(folder, 'mongod');
      const libraryPath = await libraryPathFor({ ...options, program });
      const origin = `mongod ${VERSION} from MongoDB's download site`;
      const { mongoDataFolder: dataFolder, mongoMembers: members } = options;
      return startMongod({ program, libraryPath, origin, dataFolder, members });
    },
  };
};

const isAsRecorded = async (folder: string): Promise<boolean> => {
  const recorded = await readFile(join(folder, 'sha256'), 'utf8').catch(() => '');
  return recorded !== '' && recorded === (await fileSha256(join(folder, 'mongod')));
};

const keepOnly = async (folder: string, kept: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (name !== kept) await rm(join(folder, name), { recursive: true });
  }
};
