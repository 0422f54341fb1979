import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockFile } from './lock-file.ts';

export interface CachedFolderOptions {
  /** Required. The folder; what stands there is complete. */
  readonly path: string;
  /** Required. Whether a folder that stands there is as it was filled. */
  readonly isIntact: (path: string) => Promise<boolean>;
  /** Required. Fills an empty folder. */
  readonly fill: (path: string) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A folder that is filled once. It is filled under another name and then renamed, so that neither a killed run nor
 * two at the same time leave half of it; a folder that is no longer intact is filled again.
 */
export const cachedFolder = async (options: CachedFolderOptions): Promise<string> => {
  const { path, isIntact } = options;
  const there = async () => existsSync(path) && (await isIntact(path));
  if (await there()) return path;
  await mkdir(dirname(path), { recursive: true });
  const release = await lockFile(`${path}.lock`, options.signal);
  try {
    if (!(await there())) await refill(options);
    return path;
  } finally {
    await release();
  }
};

const refill = async ({ path, fill }: CachedFolderOptions): Promise<void> => {
  await removePartials(path);
  const partial = `${path}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  await fill(partial);
  await rm(path, { recursive: true, force: true });
  await rename(partial, path);
};

/** What killed runs left; whoever holds the lock is the only one who fills. */
const removePartials = async (path: string): Promise<void> => {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith('.partial')) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true });
  }
};
