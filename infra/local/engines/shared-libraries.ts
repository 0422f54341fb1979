import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BanyanError } from '../../../services/core/index.ts';
import { cachedFolder } from './cached-folder.ts';
import { programOnPath, runProgram, saidOf } from './run-program.ts';

/** Which Debian or Ubuntu packages hold the libraries that mongod links; the second name is of the newer releases. */
const PACKAGES: { readonly [library: string]: readonly string[] } = {
  'libcurl.so.4': ['libcurl4', 'libcurl4t64'],
  'libssl.so.3': ['libssl3', 'libssl3t64'],
  'libcrypto.so.3': ['libssl3', 'libssl3t64'],
  'liblzma.so.5': ['liblzma5'],
};

const NOT_FOUND = /^\s*(\S+) => not found/gm;

/** The shared libraries that a program needs and the machine does not have. */
const missingLibraries = async (program: string, libraryPath = ''): Promise<string[]> => {
  const printed = await runProgram('ldd', [program], {
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath },
  });
  return [...printed.matchAll(NOT_FOUND)].map(([, library = '']) => library);
};

export interface LibrariesOptions {
  readonly program: string;
  /** Required. Where fetched libraries are kept. */
  readonly cacheFolder: string;
  readonly path: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `LD_LIBRARY_PATH` must be for a program: empty when the machine has all it needs; otherwise a folder of ours
 * with the packages of the machine's own distribution, fetched by apt without being root, and nothing installed.
 * @throws BanyanError `library-missing`, naming the package to install.
 */
export const libraryPathFor = async (options: LibrariesOptions): Promise<string> => {
  const missing = await missingLibraries(options.program);
  if (missing.length === 0) return '';
  try {
    const folder = await cachedFolder({
      path: join(options.cacheFolder, 'libraries'),
      isIntact: async (path) => (await missingLibraries(options.program, await foldersOf(path))).length === 0,
      fill: (path) => fetchPackages(path, missing, options),
      signal: options.signal,
    });
    return await foldersOf(folder);
  } catch (cause) {
    const packages = [...new Set(missing.map((library) => PACKAGES[library]?.[0] ?? library))].join(' ');
    throw new BanyanError(
      'library-missing',
      `mongod needs ${missing.join(', ')} (Debian, Ubuntu: apt-get install ${packages}; ${saidOf(cause)})`,
      { cause },
    );
  }
};

const fetchPackages = async (
  folder: string,
  missing: readonly string[],
  { path, log, signal }: LibrariesOptions,
): Promise<void> => {
  if (!programOnPath('apt-get', path)) throw new Error('there is no apt-get to fetch it with');
  log(`fetching ${missing.join(', ')} with apt-get, for mongod (nothing is installed)`);
  const lists = join(folder, 'apt');
  const apt = (args: readonly string[]) =>
    runProgram('apt-get', [...privateState(lists), ...args], { cwd: folder, signal, timeoutMs: 120_000 });
  await runProgram('mkdir', [
    '-p',
    join(lists, 'lists', 'partial'),
    join(lists, 'cache', 'archives', 'partial'),
  ]);
  await apt(['--quiet', 'update']);
  await apt(['--quiet', 'download', ...(await packagesFor(missing, apt))]);
  for (const file of await readdir(folder)) {
    if (file.endsWith('.deb')) await runProgram('dpkg', ['-x', join(folder, file), folder]);
  }
  await runProgram('sh', ['-c', 'rm -rf -- apt ./*.deb'], { cwd: folder });
};

/** Lists and cache of our own: an ordinary user can fill them, and the machine's stay as they are. */
const privateState = (folder: string): string[] => [
  '-o',
  `Dir::State::lists=${join(folder, 'lists')}`,
  '-o',
  `Dir::Cache=${join(folder, 'cache')}`,
  '-o',
  'APT::Sandbox::User=',
];

const INSTALLS = /^Inst (\S+)/gm;

/** The packages that hold the libraries, and what those need in turn beyond what is installed. */
const packagesFor = async (
  missing: readonly string[],
  apt: (args: readonly string[]) => Promise<string>,
): Promise<string[]> => {
  const found = new Set<string>();
  for (const library of missing) {
    const names = PACKAGES[library];
    if (!names) throw new Error(`no package is known for ${library}`);
    const plan = await firstThatWorks(names, (name) =>
      apt(['--simulate', '--no-install-recommends', 'install', name]),
    );
    for (const [, name = ''] of plan.matchAll(INSTALLS)) found.add(name);
  }
  return [...found];
};

const firstThatWorks = async <T>(
  names: readonly string[],
  work: (name: string) => Promise<T>,
): Promise<T> => {
  const [name, ...others] = names;
  if (name === undefined) throw new Error('no package of these names exists');
  try {
    return await work(name);
  } catch (thrown) {
    if (others.length === 0) throw thrown;
    return firstThatWorks(others, work);
  }
};

/** The folders below an unpacked package tree that hold libraries, as `LD_LIBRARY_PATH` wants them. */
const foldersOf = async (root: string): Promise<string> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath);
  return [...new Set(folders)].join(':');
};
