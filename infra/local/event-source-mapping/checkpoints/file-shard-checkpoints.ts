import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ShardCheckpointStore, ShardCheckpoints } from './shard-checkpoints.ts';

/** One JSON file per mapping in a folder; a file is replaced whole, so that a crash leaves the old one. */
export class FileShardCheckpoints implements ShardCheckpointStore {
  readonly #folder: string;

  constructor(options: { readonly folder: string }) {
    this.#folder = options.folder;
  }

  async load(mappingId: string): Promise<ShardCheckpoints | undefined> {
    try {
      return JSON.parse(await readFile(this.#file(mappingId), 'utf8')) as ShardCheckpoints;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  async save(mappingId: string, checkpoints: ShardCheckpoints): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = this.#file(mappingId);
    await writeFile(`${file}.new`, JSON.stringify(checkpoints));
    await rename(`${file}.new`, file);
  }

  async remove(mappingId: string): Promise<void> {
    await rm(this.#file(mappingId), { force: true });
  }

  #file(mappingId: string): string {
    return join(this.#folder, `${encodeURIComponent(mappingId)}.json`);
  }
}
