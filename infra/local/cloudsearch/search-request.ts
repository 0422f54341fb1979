import { messageOf } from '../../../services/core/index.ts';
import type { Weights } from './compile-query.ts';
import { compileExpression } from './expression.ts';
import type { DefaultOperator, Query } from './query.ts';
import { refuseSearch } from './refusal.ts';
import { column, type Schema } from './schema.ts';
import { parseSimple } from './simple-query.ts';
import { parseStructured } from './structured-query.ts';

/** One term of an order: SQL that is never NULL, and its direction. */
export interface SortKey {
  readonly sql: string;
  readonly direction: 'asc' | 'desc';
}

/** A search request, understood; all SQL in it is made of the schema's names and fixed words. */
export interface SearchRequest {
  readonly query: Query;
  readonly filter: Query | null;
  readonly weights: Weights;
  /** Expression → SQL. */
  readonly expressions: ReadonlyMap<string, string>;
  readonly sort: readonly SortKey[];
  /** Names to return: fields, expressions, `_score`; null: every field that may be. */
  readonly returned: ReadonlySet<string> | null;
  readonly start: number;
  readonly size: number;
  readonly cursor: string | null;
}

const MAX_SIZE = 10_000;
const MAX_SORT_TERMS = 10;
const KNOWN = new Set(
  'q q.parser q.options fq expr sort return size start cursor format pretty partial'.split(' '),
);

/**
 * Reads the parameters of a search.
 * @throws Refusal for one that is wrong, or that the local endpoint does not implement (facets, highlights …).
 */
export const parseSearchRequest = (params: URLSearchParams, schema: Schema): SearchRequest => {
  for (const name of params.keys()) {
    if (!KNOWN.has(name) && !name.startsWith('expr.')) {
      throw refuseSearch(`The parameter ${name} is not implemented by the local CloudSearch endpoint`);
    }
  }
  const q = params.get('q');
  if (q === null) throw refuseSearch('q is a required parameter');
  const options = parseOptions(params.get('q.options'), schema);
  const expressions = parseExpressions(params, schema);
  const fq = params.get('fq');
  const [start, size] = [whole(params, 'start', 0), whole(params, 'size', 10)];
  const cursor = params.get('cursor');
  if (cursor !== null && params.has('start')) throw refuseSearch('cursor and start are mutually exclusive');
  if (size > MAX_SIZE || start + size > MAX_SIZE) throw refuseSearch(`start + size is at most ${MAX_SIZE}`);
  return {
    query: parseQuery(q, params.get('q.parser') ?? 'simple', options.defaultOperator),
    filter: fq === null ? null : parseStructured(fq, 'and'),
    weights: options.weights,
    expressions,
    sort: parseSort(params.get('sort') ?? '_score desc', schema, expressions),
    returned: parseReturn(params.get('return'), schema, expressions),
    start,
    size,
    cursor,
  };
};

const parseQuery = (text: string, parser: string, defaultOperator: DefaultOperator): Query => {
  if (parser === 'simple') return parseSimple(text, defaultOperator);
  if (parser === 'structured') return parseStructured(text, defaultOperator);
  throw refuseSearch(
    `The parser ${parser} is not implemented by the local endpoint: simple and structured are`,
  );
};

const parseOptions = (
  json: string | null,
  schema: Schema,
): { weights: Weights; defaultOperator: DefaultOperator } => {
  const options = json === null ? {} : parseObject('q.options', json);
  const { fields = schema.searchedTextFields(), defaultOperator = 'and', ...others } = options;
  if (Object.keys(others).length > 0) {
    throw refuseSearch(`q.options: ${Object.keys(others)} is not implemented by the local endpoint`);
  }
  if (defaultOperator !== 'and' && defaultOperator !== 'or')
    throw refuseSearch('q.options: defaultOperator is and, or');
  if (!Array.isArray(fields)) throw refuseSearch('q.options: fields is an array');
  return {
    weights: new Map(fields.map((field: unknown) => weightOf(String(field), schema))),
    defaultOperator,
  };
};

const weightOf = (text: string, schema: Schema): [string, number] => {
  const [, name = '', weight = '1'] = /^([a-z][a-z0-9_]*)(?:\^(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  if (!schema.searchedTextFields().includes(name)) {
    throw refuseSearch(`q.options: ${text} is no searchable text field`);
  }
  return [name, Number(weight)];
};

const parseExpressions = (params: URLSearchParams, schema: Schema): Map<string, string> => {
  const sources = new Map<string, string>();
  const json = params.get('expr');
  if (json !== null) {
    for (const [name, source] of Object.entries(parseObject('expr', json))) sources.set(name, String(source));
  }
  for (const [name, source] of params) {
    if (name.startsWith('expr.')) sources.set(name.slice('expr.'.length), source);
  }
  const compiled = new Map<string, string>();
  for (const [name, source] of sources) {
    if (!/^[a-z][a-z0-9_]{2,63}$/.test(name) || name === 'score')
      throw refuseSearch(`${name} names no expression`);
    compiled.set(
      name,
      compileExpression(source, (used) => compiled.get(used) ?? numberNamed(used, schema)),
    );
  }
  return compiled;
};

const numberNamed = (name: string, schema: Schema): string | undefined => {
  if (name === '_score') return 'm.s';
  return schema.sortableNumber(name) ? `CAST(coalesce(${column(name)}, 0) AS REAL)` : undefined;
};

const parseSort = (text: string, schema: Schema, expressions: ReadonlyMap<string, string>): SortKey[] => {
  const terms = text.split(',').map((term) => term.trim());
  if (terms.length > MAX_SORT_TERMS) throw refuseSearch(`sort has at most ${MAX_SORT_TERMS} terms`);
  const keys = terms.flatMap((term): SortKey[] => {
    const [, name = '', direction = ''] = /^(\w+) +(asc|desc)$/.exec(term) ?? [];
    if (direction !== 'asc' && direction !== 'desc')
      throw refuseSearch(`sort: "${term}" is not NAME asc or NAME desc`);
    const number = expressions.get(name) ?? (name === '_score' ? 'm.s' : name === '_id' ? 'd.id' : undefined);
    if (number) return [{ sql: number, direction }];
    if (!schema.sortable(name)) throw refuseSearch(`sort: ${name} is no sortable field`);
    // Documents without a value come last, whatever the direction.
    const empty = schema.sortableNumber(name) ? '0' : "''";
    return [
      { sql: `(${column(name)} IS NULL)`, direction: 'asc' },
      { sql: `coalesce(${column(name)}, ${empty})`, direction },
    ];
  });
  return [...keys, { sql: 'd.id', direction: 'asc' }];
};

const parseReturn = (
  text: string | null,
  schema: Schema,
  expressions: ReadonlyMap<string, string>,
): Set<string> | null => {
  if (text === null || text === '') return null;
  const returnable = schema.returned().map((field) => field.name);
  const names = text.split(',').map((name) => name.trim());
  return new Set(
    names.flatMap((name) => {
      if (name === '_all_fields') return returnable;
      if (name === '_no_fields') return [];
      if (name === '_score' || expressions.has(name) || returnable.includes(name)) return [name];
      throw refuseSearch(`return: ${name} is no field that can be returned`);
    }),
  );
};

const whole = (params: URLSearchParams, name: string, fallback: number): number => {
  const text = params.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw refuseSearch(`${name} is a whole number, not ${text}`);
  return Number(text);
};

const parseObject = (name: string, json: string): { readonly [key: string]: unknown } => {
  try {
    const value: unknown = JSON.parse(json);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return value as { readonly [key: string]: unknown };
    }
  } catch (cause) {
    throw refuseSearch(`${name} is not JSON: ${messageOf(cause)}`);
  }
  throw refuseSearch(`${name} is not a JSON object`);
};
