import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { HeaderList } from './header-list.ts';

/** Headers by name, as they are now: whoever changes them cannot change this. */
export const headersNow = ({ headers }: Pick<IncomingMessage, 'headers'>): Readonly<IncomingHttpHeaders> => {
  const now = { ...headers };
  const { 'set-cookie': setCookie } = now;
  if (setCookie) now['set-cookie'] = [...setCookie];
  return now;
};

/** An answer's headers as a list: those that were changed by name since `before` as they are, the others as they came. */
export const withChanges = (
  { rawHeaders, headers }: Pick<IncomingMessage, 'rawHeaders' | 'headers'>,
  before: Readonly<IncomingHttpHeaders> | undefined,
): HeaderList => {
  if (!before) return rawHeaders;
  const same = (lower: string) =>
    headers[lower] === before[lower] || String(headers[lower]) === String(before[lower]);
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (same(name.toLowerCase())) kept.push(name, rawHeaders[at + 1] ?? '');
  }
  for (const name in headers) {
    const value = headers[name];
    const lower = name.toLowerCase();
    if (value === undefined || (lower in before && same(lower))) continue;
    if (Array.isArray(value)) for (const each of value) kept.push(name, each);
    // Hooks are JavaScript too: a number is no mistake there.
    else kept.push(name, String(value));
  }
  return kept;
};
