import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runSoak, type SoakOptions } from './run-soak.ts';

const SEED = Number(process.env.BANYAN_TEST_SEED ?? 7);
/** Enough to find out somebody who spoils the copy. */
const SMALL = { documents: 400, writesPerSecond: 40, kills: 0 };

const soaked = async (options: Omit<SoakOptions, 'folder' | 'say' | 'seed'>) => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-soak-'));
  const said: string[] = [];
  const result = await runSoak({ ...options, seed: SEED, folder, say: (line) => said.push(line) });
  if (result.failures.length > 0 && !options.mutant) {
    throw new Error([...said, ...result.failures, `the evidence is in ${folder}`].join('\n'));
  }
  await rm(folder, { recursive: true });
  return result;
};

describe(`a soak (seed ${SEED})`, () => {
  it('of a tenth holds: nothing is lost and nothing goes back, though the copy is killed again and again', async () => {
    const result = await soaked({ documents: 20_000, writesPerSecond: 300, kills: 3 });
    expect(result).toMatchObject({ kills: 3, regressions: [], holes: [], failures: [] });
    expect(result.verify).toMatchObject({ code: 0, mismatches: 0 });
    expect(result.verify.compared).toBeGreaterThan(15_000);
    expect(result.overtaken).toBeGreaterThan(0);
  }, 600_000);

  it('sees in its shadow log that a sink without conditions goes back', async () => {
    const { regressions, failures } = await soaked({ ...SMALL, mutant: 'unconditional' });
    expect(regressions).toContainEqual(expect.stringMatching(/\(stream\) to 0 \(copy\)$/));
    expect(failures).toContainEqual(expect.stringContaining('regressions'));
  }, 120_000);

  it('sees by its verify that a sink has lost a key', async () => {
    const { verify, failures, regressions } = await soaked({ ...SMALL, mutant: 'forgetful' });
    expect(verify).toMatchObject({ code: 5, mismatches: 1 });
    expect(failures).toEqual(['verify ended with 5: 1 mismatches']);
    expect(regressions).toEqual([]);
  }, 120_000);
});
