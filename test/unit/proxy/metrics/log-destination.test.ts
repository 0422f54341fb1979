import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const MODULE = new URL('../../../../proxy/metrics/log-destination.ts', import.meta.url).href;
const LINES = 5_000;

/** What a process of its own leaves on standard output that logs many lines and ends at once. */
const logged = (shared: boolean): string => {
  const code = `
    const { logDestination } = await import(${JSON.stringify(MODULE)});
    const destination = logDestination({ shared: ${shared} });
    for (let at = 0; at < ${LINES}; at++) destination.write(\`\${at} grüße\\n\`);
    process.exit(0);`;
  const flags = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e'];
  return execFileSync(process.execPath, [...flags, code], { encoding: 'utf8' });
};

describe('the log', () => {
  it.each([true, false])(
    'loses no line of a process that ends, and keeps their order (shared: %s)',
    (shared) => {
      expect(logged(shared)).toBe(Array.from({ length: LINES }, (_, at) => `${at} grüße\n`).join(''));
    },
  );
});
