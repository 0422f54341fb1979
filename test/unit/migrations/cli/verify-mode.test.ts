import { describe, expect, it } from '@jest/globals';
import { commandOf, modeOf, repairCommandOf } from '../../../../migrations/cli/verify-mode.ts';

const flags = { settleMs: 10_000, showValues: false };

describe('which keys a verify compares', () => {
  it('is all of them, unless it is told otherwise', () => {
    expect(modeOf({})).toEqual({ kind: 'full' });
    expect(modeOf({ checksum: true })).toMatchObject({ kind: 'checksum' });
    expect(modeOf({ changedSince: '5.1' })).toEqual({ kind: 'changed', since: '5.1' });
    expect(() => modeOf({ seed: 'mine' })).toThrow('--seed says how a sample is drawn: give --sample, too');
    expect(() => modeOf({ checksum: true, confidence: 95 })).toThrow(
      '--confidence says how a sample is drawn',
    );
  });

  it('is a number of them, or as many as a share takes', () => {
    const drawSeed = () => 'drawn';
    const sample = { kind: 'sample', seed: 'drawn', confidencePercent: 99 };
    expect(modeOf({ sample: '500' }, drawSeed)).toEqual({ ...sample, size: 500 });
    expect(modeOf({ sample: '1/10000' }, drawSeed)).toEqual({ ...sample, size: 46_050 });
    expect(modeOf({ sample: '500', seed: 'mine' }, drawSeed)).toMatchObject({ seed: 'mine' });
  });
});

describe('the command that compares again', () => {
  it('draws the same sample', () => {
    const mode = modeOf({ sample: '1/100', confidence: 95, seed: 'x' });
    expect(commandOf('users-to-search', mode, flags)).toBe(
      'banyan verify users-to-search --sample 299 --confidence 95 --seed x --settle-ms 10000',
    );
  });

  it('names what was asked for, as a shell reads it', () => {
    const more = { ...flags, config: "it's here.ts", ignoreVersions: true, showValues: true };
    expect(commandOf('p', { kind: 'changed', since: '5.1' }, more)).toBe(
      "banyan --config 'it'\\''s here.ts' verify p --changed-since 5.1 --settle-ms 10000 --ignore-versions --show-values",
    );
    expect(repairCommandOf('p', more)).toBe("banyan --config 'it'\\''s here.ts' repair p --ignore-versions");
    expect(repairCommandOf('p', flags)).toBe('banyan repair p');
  });
});
