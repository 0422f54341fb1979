import type { SQLOutputValue } from 'node:sqlite';
import { compileQuery } from './compile-query.ts';
import { cursorAfter, cursorCondition } from './cursor.ts';
import { isArrayField, type StoredValue } from './field-values.ts';
import type { Schema } from './schema.ts';
import type { SearchRequest } from './search-request.ts';

export type Row = { readonly [column: string]: SQLOutputValue };

/** One document found, in the shape of `format=sdk`: every value a string. */
export interface Hit {
  readonly id: string;
  readonly fields?: { readonly [field: string]: readonly string[] };
  readonly exprs?: { readonly [name: string]: string };
}

export interface SearchResult {
  readonly found: number;
  readonly start: number;
  readonly cursor?: string;
  readonly hit: readonly Hit[];
}

/** The domain, as a search sees it. */
export interface Searchable {
  readonly schema: Schema;
  /** Documents in the domain. */
  readonly documents: number;
  rows(sql: string, params: readonly StoredValue[]): Row[];
}

export const runSearch = (request: SearchRequest, domain: Searchable): SearchResult => {
  const scope = { schema: domain.schema, weights: request.weights, documents: domain.documents };
  const matches = compileQuery(request.query, scope);
  const filter = request.filter && compileQuery(request.filter, scope);
  const found = `SELECT r, s FROM (${matches.sql})${filter ? ` WHERE r IN (SELECT r FROM (${filter.sql}))` : ''}`;
  const foundParams = [...matches.params, ...(filter?.params ?? [])];
  const after = cursorCondition(request);
  const rows = domain.rows(pageSql(request, found, after.sql), [
    ...foundParams,
    ...after.params,
    request.size,
    request.start,
  ]);
  const last = rows.at(-1);
  const count = last ?? domain.rows(`SELECT count(*) AS found FROM (${found})`, foundParams)[0];
  return {
    found: Number(count?.found ?? 0),
    start: request.start,
    ...(request.cursor === null ? {} : { cursor: last ? cursorAfter(request, last) : request.cursor }),
    hit: rows.map((row) => toHit(row, request, domain.schema)),
  };
};

/** The page is chosen by its sort keys alone; only then are its documents read. */
const pageSql = ({ sort, expressions }: SearchRequest, found: string, after: string): string => {
  const keys = sort.map((_, at) => `k${at}`).join(', ');
  const order = sort.map(({ direction }, at) => `k${at} ${direction}`).join(', ');
  const keyColumns = sort.map(({ sql }, at) => `${sql} AS k${at}`).join(', ');
  const expressionColumns = [...expressions].map(([name, sql]) => `, ${sql} AS "e_${name}"`).join('');
  return `WITH f AS MATERIALIZED (${found}), page AS MATERIALIZED (
      SELECT m.r, m.s, ${keyColumns} FROM f AS m JOIN docs AS d ON d.rowid = m.r
      ${after && `WHERE ${after}`} ORDER BY ${order} LIMIT ? OFFSET ?)
    SELECT (SELECT count(*) FROM f) AS found, m.s AS score, ${keys}, d.*${expressionColumns}
    FROM page AS m JOIN docs AS d ON d.rowid = m.r ORDER BY ${order}`;
};

const toHit = (row: Row, { returned, expressions }: SearchRequest, schema: Schema): Hit => {
  const fields: { [field: string]: string[] } = {};
  for (const field of schema.returned()) {
    const value = row[`f_${field.name}`];
    if (value === null || value === undefined || (returned && !returned.has(field.name))) continue;
    const values: unknown[] = isArrayField(field) ? JSON.parse(String(value)) : [value];
    fields[field.name] = values.map(String);
  }
  const exprs: { [name: string]: string } = {};
  for (const name of expressions.keys()) if (returned?.has(name)) exprs[name] = String(row[`e_${name}`]);
  if (returned?.has('_score')) exprs._score = String(row.score);
  return {
    id: String(row.id),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
    ...(Object.keys(exprs).length > 0 ? { exprs } : {}),
  };
};
