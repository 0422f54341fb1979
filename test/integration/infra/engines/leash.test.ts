import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/eventually.ts';

const SLEEPER = resolve(import.meta.dirname, '../../../support/leashed-sleeper.ts');

describe('an engine whose starter is killed', () => {
  it('goes too, with its children and its folder', async () => {
    const starter = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SLEEPER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: starter.stdout }), 'line');
    const { pid, folder } = JSON.parse(line as string) as { pid: number; folder: string };
    expect(groupLives(pid)).toBe(true);
    expect(existsSync(folder)).toBe(true);

    starter.kill('SIGKILL');

    await eventually(() => {
      expect(groupLives(pid)).toBe(false);
      expect(existsSync(folder)).toBe(false);
    });
  });
});

const groupLives = (leader: number): boolean => {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
};
