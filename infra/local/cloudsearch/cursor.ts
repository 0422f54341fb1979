import type { SQLOutputValue } from 'node:sqlite';
import { z } from 'zod';
import type { StoredValue } from './field-values.ts';
import { refuseSearch } from './refusal.ts';
import type { SearchRequest } from './search-request.ts';

const cursorSchema = z.strictObject({
  sort: z.string(),
  last: z.array(z.union([z.strictObject({ n: z.string() }), z.string(), z.number()])),
});

/**
 * The cursor of the page after `row`: where the page ended in the sort order, not how many came before, so that
 * writes in between neither repeat nor skip a document that they did not touch.
 */
export const cursorAfter = (
  request: SearchRequest,
  row: { readonly [column: string]: SQLOutputValue },
): string => {
  const last = request.sort.map((_, at) => {
    const value = row[`k${at}`];
    return typeof value === 'bigint' ? { n: String(value) } : value;
  });
  return Buffer.from(JSON.stringify({ sort: orderOf(request), last })).toString('base64url');
};

/** The rows after the request's cursor, as SQL; nothing for `initial` and for a request without one. */
export const cursorCondition = (request: SearchRequest): { sql: string; params: StoredValue[] } => {
  if (request.cursor === null || request.cursor === 'initial') return { sql: '', params: [] };
  const last = readCursor(request.cursor, request);
  const params: StoredValue[] = [];
  const alternatives = request.sort.map(({ sql, direction }, at) => {
    const equal = request.sort.slice(0, at).map((key, before) => {
      params.push(last[before] ?? '');
      return `${key.sql} = ?`;
    });
    params.push(last[at] ?? '');
    return `(${[...equal, `${sql} ${direction === 'asc' ? '>' : '<'} ?`].join(' AND ')})`;
  });
  return { sql: `(${alternatives.join(' OR ')})`, params };
};

const readCursor = (cursor: string, request: SearchRequest): StoredValue[] => {
  let parsed: z.infer<typeof cursorSchema>;
  try {
    parsed = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw refuseSearch('Invalid cursor');
  }
  if (parsed.sort !== orderOf(request)) throw refuseSearch('The cursor belongs to a search in another order');
  return parsed.last.map((value) => (typeof value === 'object' ? BigInt(value.n) : value));
};

const orderOf = ({ sort }: SearchRequest): string =>
  sort.map(({ sql, direction }) => `${sql} ${direction}`).join(', ');
