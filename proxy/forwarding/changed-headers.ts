import type { IncomingMessage } from 'node:http';
import type { HeaderList } from './header-list.ts';

/** Headers by name, as they are now: whoever changes them cannot change this. */
export const headersNow = ({ headers }: Pick<IncomingMessage, 'headers'>): ReadonlyMap<string, string> =>
  new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** An answer's headers as a list: those that were changed by name since `before` as they are, the others as they came. */
export const withChanges = (
  { rawHeaders, headers }: Pick<IncomingMessage, 'rawHeaders' | 'headers'>,
  before: ReadonlyMap<string, string> | undefined,
): HeaderList => {
  if (!before) return rawHeaders;
  const same = (name: string) => String(headers[name]) === before.get(name);
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (same(lower) || !before.has(lower)) kept.push(name, rawHeaders[at + 1] ?? '');
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || same(name.toLowerCase())) continue;
    for (const each of [value].flat()) kept.push(name, String(each));
  }
  return kept;
};
