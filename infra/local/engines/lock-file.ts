import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { systemClock } from '../../../services/core/index.ts';

const BEAT_MS = 500;
const STALE_MS = 5_000;
const SETTLE_MS = 300;

/**
 * Waits until nobody holds the lock, then takes it; the answer gives it back. The holder touches the file twice a
 * second, and one untouched for five seconds belongs to nobody: unlike a process id, this also holds between
 * containers that share the folder.
 */
export const lockFile = async (file: string, signal?: AbortSignal): Promise<() => Promise<void>> => {
  const token = randomUUID();
  const mine = `${file}.${token}`;
  await writeFile(mine, token);
  try {
    while (!((await created(mine, file)) || (await inherited(mine, file, token)))) {
      await systemClock.sleep(BEAT_MS / 2, signal);
    }
  } finally {
    await rm(mine, { force: true });
  }
  const beat = setInterval(() => void touch(file), BEAT_MS);
  beat.unref();
  return async () => {
    clearInterval(beat);
    await rm(file, { force: true });
  };
};

/** Appears with its content or not at all, unlike a file that is opened and then written. */
const created = async (mine: string, file: string): Promise<boolean> => {
  try {
    await link(mine, file);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
};

/** Takes over a lock that nobody touches; of two who do so at once, the last one has it. */
const inherited = async (mine: string, file: string, token: string): Promise<boolean> => {
  const touchedMs = (await stat(file).catch(() => undefined))?.mtimeMs;
  if (touchedMs === undefined || systemClock.nowMs() - touchedMs < STALE_MS) return false;
  await touch(mine);
  await rename(mine, file);
  await systemClock.sleep(SETTLE_MS);
  if ((await readFile(file, 'utf8').catch(() => '')) === token) return true;
  await writeFile(mine, token);
  return false;
};

const touch = async (file: string): Promise<void> => {
  const now = new Date(systemClock.nowMs());
  await utimes(file, now, now).catch(() => {});
};
