import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';

/** Asks a person; only `y` or `yes` is consent, and so is neither Enter nor the end of the input. */
export const askConsent = async (
  question: string,
  terminal: { input: Readable; output: Writable; signal: AbortSignal },
): Promise<boolean> => {
  const { input, output, signal } = terminal;
  const lines = createInterface({ input, output });
  const ended = new AbortController();
  lines.once('close', () => ended.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, ended.signal]),
    });
    return /^y(es)?$/i.test(answer.trim());
  } catch (thrown) {
    if (ended.signal.aborted && !signal.aborted) return false;
    throw thrown;
  } finally {
    lines.close();
  }
};
