import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type ProgramEnd, type ProgramRun, startProgram } from './program-run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Somebody else's project that has installed the package, as `npm pack` makes it: no registry is asked. */
export interface Project {
  readonly folder: string;
  /** Installs dependencies of the project's own. */
  install(...names: readonly string[]): Promise<void>;
  write(file: string, text: string): Promise<void>;
  /** Runs Node in the project; `env` is the whole environment but for the PATH. */
  node(args: readonly string[], env?: { readonly [name: string]: string }): ProgramRun;
  remove(): Promise<void>;
}

/** What is read of the package's own package.json. */
interface Declared {
  readonly bin: { readonly banyan: string };
  readonly dependencies: { readonly [name: string]: string };
  readonly peerDependencies: { readonly [name: string]: string };
  readonly peerDependenciesMeta: { readonly [name: string]: { readonly optional?: boolean } };
}

/**
 * Makes a project in which nothing but the package, and what its package.json declares, can be imported: what
 * it needs and does not declare is missing here as it would be for everybody.
 */
export const projectWithPackage = async (): Promise<Project> => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-package-'));
  const modules = join(folder, 'node_modules');
  const home = join(modules, 'banyan');
  await mkdir(home, { recursive: true });
  await unpack(await pack(folder), home);
  const declared = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as Declared;
  const { dependencies, peerDependencies, peerDependenciesMeta } = declared;
  const required = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  const install = async (...names: readonly string[]) => {
    for (const name of names) await link(join(ROOT, 'node_modules', name), join(modules, name));
  };
  await install(...Object.keys(dependencies), ...required);
  await link(join(home, declared.bin.banyan), join(modules, '.bin/banyan'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'somebody-elses', type: 'module' }));
  return {
    folder,
    install,
    write: (file, text) => writeFile(join(folder, file), text),
    node: (args, env = {}) => startProgram(process.execPath, args, { cwd: folder, env }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};

const pack = async (folder: string): Promise<string> => {
  // What Jest's own Node was started with is nothing for npm's.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const args = ['pack', '--silent', '--foreground-scripts', '--pack-destination', folder];
  await run('npm', args, { cwd: ROOT, env }).catch(({ stdout, stderr }: ProgramEnd) => {
    throw new Error(`the package cannot be built: ${stdout}${stderr}`);
  });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm pack left no tarball in ${folder}`);
  return join(folder, tarball);
};

const unpack = (tarball: string, folder: string) =>
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);

const link = async (target: string, path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(target, path);
};
