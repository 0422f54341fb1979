import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  checkOfChoices,
  checkOfNode,
  checkOfOptional,
  isHealthy,
  renderChecks,
} from '../../../../migrations/cli/doctor-report.ts';

const missing = { choice: 'a', availability: 'missing', detail: 'not there' } as const;
const fetchable = { choice: 'b', availability: 'fetchable', detail: 'would be fetched' } as const;
const ready = { choice: 'c', availability: 'ready', detail: 'version 1' } as const;

describe('what doctor says of an engine', () => {
  it('takes the first choice that is not missing', () => {
    expect(checkOfChoices('MongoDB', [missing, fetchable, ready], 'install one')).toMatchObject({
      status: 'ok',
      taken: 'b',
      detail: 'b (would be fetched)',
    });
  });

  it('gives the advice when every choice is missing', () => {
    expect(checkOfChoices('MongoDB', [missing], 'install one')).toMatchObject({
      status: 'missing',
      detail: 'install one',
    });
  });

  it('calls nothing found at all missing', () => {
    expect(isHealthy([checkOfChoices('MongoDB', [], 'install one')])).toBe(false);
  });
});

describe('what doctor says of the machine', () => {
  it('is healthy without what is merely good to have', () => {
    expect(isHealthy([checkOfOptional(missing), checkOfNode('22.22.0', '22.22')])).toBe(true);
  });

  it.each([
    ['22.22.0', true],
    ['24.0.1', true],
    ['22.21.9', false],
    ['20.20.2', false],
  ])('knows whether Node %s is new enough', (version, enough) => {
    expect(isHealthy([checkOfNode(version, '22.22')])).toBe(enough);
  });

  it('reads as one line for each thing and one for each way to have it, with a verdict', () => {
    const checks = [checkOfNode('24.0.0', '22.22'), checkOfChoices('MongoDB', [missing, ready], '')];
    expect(stripVTControlCharacters(renderChecks(checks)).split('\n')).toEqual([
      '✔ Node     24.0.0',
      '✔ MongoDB  c (version 1)',
      '    ✘ a: not there',
      '    ➜ c: version 1',
      'Everything that Banyan needs is there or can be fetched.',
    ]);
  });
});
