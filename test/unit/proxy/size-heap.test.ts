import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const MODULE = new URL('../../../proxy/size-heap.ts', import.meta.url).href;

/** How large the young generation of a process of its own is, in MiB, once a little has survived in it. */
const youngMib = (sized: boolean): number => {
  const code = `
    const { getHeapSpaceStatistics } = await import('node:v8');
    const { sizeHeapForTraffic } = await import(${JSON.stringify(MODULE)});
    if (${sized}) sizeHeapForTraffic();
    const kept = [];
    for (let at = 0; at < 60_000; at++) kept.push(Array.from({ length: 8 }, () => at));
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    console.log(young.space_size / 1_048_576);`;
  const flags = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e'];
  return Number(execFileSync(process.execPath, [...flags, code], { encoding: 'utf8' }));
};

describe('sizeHeapForTraffic', () => {
  it('lets the young generation have at once what it would have in the end', () => {
    expect(youngMib(true)).toBeGreaterThanOrEqual(2 * youngMib(false));
  });
});
