import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cachedFolder } from '../../../../../infra/local/engines/cached-folder.ts';

const SOUND = 'all of it';

describe('a cached folder', () => {
  let root = '';
  let fills = 0;
  const path = () => join(root, 'engine-1.0');

  const cached = (fill: (folder: string) => Promise<void> = fillWell) =>
    cachedFolder({
      path: path(),
      isIntact: async (folder) => (await readFile(join(folder, 'file'), 'utf8').catch(() => '')) === SOUND,
      fill,
    });
  const fillWell = async (folder: string) => {
    fills += 1;
    await writeFile(join(folder, 'file'), SOUND);
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'banyan-cache-test-'));
    fills = 0;
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is filled once', async () => {
    expect(await cached()).toBe(path());
    expect(await cached()).toBe(path());
    expect(fills).toBe(1);
    expect(await readdir(root)).toEqual(['engine-1.0']);
  });

  it('is filled once by several that want it at the same time', async () => {
    await Promise.all([cached(), cached(), cached()]);
    expect(fills).toBe(1);
    expect(await readdir(root)).toEqual(['engine-1.0']);
  });

  it('is not there after a fill that failed, and is filled by the next that wants it', async () => {
    const half = async (folder: string) => {
      await writeFile(join(folder, 'file'), SOUND.slice(0, 3));
      throw new Error('the line went dead');
    };
    await expect(cached(half)).rejects.toThrow('the line went dead');
    expect(existsSync(path())).toBe(false);
    await cached();
    expect(await readdir(root)).toEqual(['engine-1.0']);
  });

  it('is filled anew when what stands there is damaged', async () => {
    await cached();
    await writeFile(join(path(), 'file'), 'a part');
    await cached();
    expect(await readFile(join(path(), 'file'), 'utf8')).toBe(SOUND);
    expect(fills).toBe(2);
  });

  it('is filled although a killed run left half of it and a lock that nobody touches', async () => {
    await mkdir(join(root, 'engine-1.0.4711.partial'));
    await writeFile(join(root, 'engine-1.0.lock'), 'of a dead process');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(root, 'engine-1.0.lock'), longAgo, longAgo);
    await cached();
    expect(await readdir(root)).toEqual(['engine-1.0']);
  });

  it('is not waited for any longer once the wait is given up', async () => {
    await writeFile(join(root, 'engine-1.0.lock'), 'of a living process');
    const waiting = new AbortController();
    const wanted = cachedFolder({
      path: path(),
      isIntact: async () => true,
      fill: fillWell,
      signal: waiting.signal,
    });
    waiting.abort(new Error('enough'));
    await expect(wanted).rejects.toThrow('enough');
    expect(fills).toBe(0);
  });
});
