/**
 * Builds a MongoDB image where none can be pulled: the mongod of the pinned Python package and the shared libraries
 * it links on this machine, nothing else. `npm run engines:image [TAG]` prints the tag.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../../services/core/index.ts';
import { engineOptions } from './engine-options.ts';
import { mongodOfWheel } from './mongo-wheel.ts';
import { runProgram } from './run-program.ts';

const DEFAULT_TAG = 'banyan-mongo:6.0.5';
const LINKED = /(?:=> )?(\/\S+) \(0x/g;

/** The files that the dynamic linker loads for a program, itself included. */
const linkedFiles = async (program: string, libraryPath: string): Promise<string[]> => {
  const printed = await runProgram('ldd', [program], {
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath },
  });
  return [...printed.matchAll(LINKED)].map(([, file = '']) => file);
};

const fillRoot = async (root: string, program: string, libraryPath: string): Promise<void> => {
  for (const folder of ['usr/bin', 'usr/lib/banyan', 'data/db', 'tmp', 'etc']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await copyFile(program, join(root, 'usr/bin/mongod'));
  for (const file of await linkedFiles(program, libraryPath)) {
    const fetched = libraryPath.split(':').includes(dirname(file));
    const place = join(root, fetched ? join('usr/lib/banyan', basename(file)) : file);
    await mkdir(dirname(place), { recursive: true });
    await copyFile(file, place);
  }
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/sbin/nologin\n');
};

const importRoot = (root: string, tag: string): Promise<string> =>
  runProgram('sh', [
    '-c',
    'tar -C "$1" -cf - . | docker import -c \'ENTRYPOINT ["/usr/bin/mongod"]\' -c "ENV LD_LIBRARY_PATH=/usr/lib/banyan" - "$2"',
    'import',
    root,
    tag,
  ]);

const build = async (tag: string): Promise<void> => {
  const options = engineOptions(process.env, (line) => process.stderr.write(`${line}\n`));
  const { program, libraryPath } = await mongodOfWheel(options);
  const root = await mkdtemp(join(tmpdir(), 'banyan-image-'));
  try {
    await fillRoot(root, program, libraryPath);
    await importRoot(root, tag);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

const [tag = DEFAULT_TAG] = process.argv.slice(2);
try {
  await build(tag);
  process.stdout.write(`${tag}\n`);
} catch (thrown) {
  process.stderr.write(`the image cannot be built: ${messageOf(thrown)}\n`);
  process.exit(1);
}
