import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { askConsent } from '../../../../migrations/cli/ask.ts';

const ask = (typed: string | undefined, signal = new AbortController().signal) => {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const consent = askConsent('search: 0 % → 5 %. Turn the dial?', { input, output, signal });
  if (typed === undefined) input.end();
  else input.write(typed);
  return { consent, shown: () => String(output.read()) };
};

describe('askConsent', () => {
  it.each(['y\n', 'Y\n', 'yes\n', ' YES \n'])('takes %j for consent', async (typed) => {
    const { consent, shown } = ask(typed);
    expect(await consent).toBe(true);
    expect(shown()).toContain('search: 0 % → 5 %. Turn the dial? [y/N]');
  });

  it.each(['\n', 'n\n', 'no\n', 'yep\n', undefined])('takes %j for none', async (typed) => {
    expect(await ask(typed).consent).toBe(false);
  });

  it('ends with an interruption', async () => {
    const interruption = new AbortController();
    const { consent } = ask('', interruption.signal);
    interruption.abort(new Error('interrupted'));
    await expect(consent).rejects.toThrow();
  });
});
