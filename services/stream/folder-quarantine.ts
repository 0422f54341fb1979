import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Quarantine, QuarantineEntry } from './quarantine.ts';
import { quarantineName, quarantinePath } from './quarantine-name.ts';

const SUFFIX = '.json';

/** A quarantine in a folder: a file per entry, in a folder per source. */
export class FolderQuarantine implements Quarantine {
  readonly #folder: string;

  /** `folder`: Required. Made when the first entry comes. */
  constructor(options: { folder: string }) {
    this.#folder = options.folder;
  }

  /** Resolves once the entry is on disk: a crash leaves the whole file or none. */
  async put(entry: QuarantineEntry): Promise<void> {
    const path = join(this.#folder, quarantinePath(entry));
    const unfinished = `${path}.${process.pid}.unfinished`;
    await mkdir(dirname(path), { recursive: true });
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(JSON.stringify(entry, null, 2));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  }

  async *list(source: string): AsyncIterable<QuarantineEntry> {
    const folder = join(this.#folder, quarantineName(source));
    const names = (await unlessGone(() => readdir(folder))) ?? [];
    for (const name of names.filter((one) => one.endsWith(SUFFIX)).sort()) {
      const json = await unlessGone(() => readFile(join(folder, name), 'utf8'));
      if (json !== undefined) yield JSON.parse(json) as QuarantineEntry;
    }
  }

  async remove(entry: QuarantineEntry): Promise<void> {
    await rm(join(this.#folder, quarantinePath(entry)), { force: true });
  }
}

/** `undefined` for a file or a folder that is not there (any more): somebody may remove entries meanwhile. */
const unlessGone = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await read();
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ENOENT') return undefined;
    throw thrown;
  }
};
