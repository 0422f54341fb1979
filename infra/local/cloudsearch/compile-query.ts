import { messageOf } from '../../../services/core/index.ts';
import { baseType, isArrayField, type StoredValue, storedValues } from './field-values.ts';
import type { Bound, Query } from './query.ts';
import { refuseSearch } from './refusal.ts';
import { column, type Schema } from './schema.ts';

/** A SELECT of the documents that match, as `r` (rowid), each with its score `s`. */
export interface Relation {
  readonly sql: string;
  readonly params: readonly StoredValue[];
  /** What a union is made of, so that a union of unions groups once. */
  readonly branches?: readonly Relation[];
}

/** What a query is compiled against. */
export interface Scope {
  readonly schema: Schema;
  readonly weights: Weights;
  /** Documents in the domain: a term is worth more the fewer of them it matches. */
  readonly documents: number;
}

/** Text fields and what a match in each is worth; for clauses that name no field. */
export type Weights = ReadonlyMap<string, number>;

type MatchQuery = Extract<Query, { kind: 'match' }>;
type RangeQuery = Extract<Query, { kind: 'range' }>;

const NOTHING: Relation = { sql: 'SELECT rowid AS r, 0.0 AS s FROM docs WHERE 0', params: [] };
/** SQLite's limit on the terms of a compound SELECT is 500. */
const MAX_BRANCHES = 400;

/**
 * Compiles a query to SQL over `docs` and the FTS5 table `words`. Scores follow Lucene's shape: those of clauses
 * add up, a term's grows with its rarity, a prefix counts its boost alone.
 * @throws Refusal for a field that is not configured or cannot be searched that way.
 */
export const compileQuery = (query: Query, scope: Scope): Relation => {
  const compile = (node: Query, boost: number): Relation => {
    if (node.kind === 'all') return everything(boost * node.boost);
    if (node.kind === 'match') return compileMatch(node, boost * node.boost, scope);
    if (node.kind === 'range') return compileRange(node, boost * node.boost, scope.schema);
    if (node.kind === 'not') return complement(compile(node.child, boost));
    const boosted = boost * node.boost;
    if (node.kind === 'or') {
      const ids = [...new Set(node.children.flatMap((child) => idOf(child) ?? []))];
      const others = node.children.filter((child) => idOf(child) === undefined);
      const parts = others.map((child) => compile(child, boosted));
      return union(ids.length > 0 ? [withIds(ids, boosted), ...parts] : parts);
    }
    const wanted = node.children
      .filter((child) => child.kind !== 'not')
      .map((child) => compile(child, boosted));
    const excluded = node.children.flatMap((child) =>
      child.kind === 'not' ? [compile(child.child, 1)] : [],
    );
    return without(wanted.length > 0 ? intersection(wanted) : everything(1), excluded);
  };
  return compile(query, 1);
};

const everything = (score: number): Relation => ({
  sql: `SELECT rowid AS r, ${real(score)} AS s FROM docs`,
  params: [],
});

const complement = ({ sql, params }: Relation): Relation => ({
  sql: `SELECT rowid AS r, 1.0 AS s FROM docs WHERE rowid NOT IN (SELECT r FROM (${sql}))`,
  params,
});

const without = (from: Relation, excluded: readonly Relation[]): Relation => {
  if (excluded.length === 0) return from;
  const conditions = excluded.map(({ sql }) => `r NOT IN (SELECT r FROM (${sql}))`);
  return {
    sql: `SELECT r, s FROM (${from.sql}) WHERE ${conditions.join(' AND ')}`,
    params: [...from.params, ...excluded.flatMap((relation) => relation.params)],
  };
};

const union = (parts: readonly Relation[]): Relation => {
  const branches = parts.flatMap((part) => part.branches ?? [part]);
  if (branches.length > MAX_BRANCHES) throw refuseSearch(`A query has at most ${MAX_BRANCHES} alternatives`);
  const [first] = branches;
  if (!first) return NOTHING;
  return branches.length === 1 ? first : { ...summed(branches, ''), branches };
};

const intersection = (parts: readonly Relation[]): Relation => {
  const [first] = parts;
  if (!first) return NOTHING;
  if (parts.length === 1) return first;
  // Every part names a document once at most.
  return summed(parts, `HAVING count(*) = ${parts.length}`);
};

const summed = (parts: readonly Relation[], having: string): Relation => ({
  sql: `SELECT r, sum(s) AS s FROM (${parts.map(({ sql }) => `SELECT r, s FROM (${sql})`).join(' UNION ALL ')}) GROUP BY r ${having}`,
  params: parts.flatMap((part) => part.params),
});

const compileMatch = (node: MatchQuery, boost: number, scope: Scope): Relation => {
  const { schema } = scope;
  if (node.field === '_id') return compileId(node, boost);
  if (node.field === null) return compileWords(node, boost, scope);
  const field = schema.fields.get(node.field);
  if (!field || field.search === false)
    throw refuseSearch(`Syntax error in query: field (${node.field}) does not exist.`);
  if (baseType(field) === 'text')
    return compileWords(node, boost, { ...scope, weights: new Map([[field.name, 1]]) });
  if (node.how === 'prefix') return prefixOf(column(field.name), isArrayField(field), node.text, boost);
  const value = queryValue(schema, field.name, node.text);
  return exactly(column(field.name), isArrayField(field), value, boost);
};

const compileId = (node: MatchQuery, boost: number): Relation =>
  node.how === 'prefix' ? prefixOf('id', false, node.text, boost) : exactly('id', false, node.text, boost);

const exactly = (columnName: string, array: boolean, value: StoredValue, boost: number): Relation => {
  const where = array
    ? `EXISTS (SELECT 1 FROM json_each(${columnName}) WHERE value = ?)`
    : `${columnName} = ?`;
  return { sql: `SELECT rowid AS r, ${real(boost)} AS s FROM docs WHERE ${where}`, params: [value] };
};

const prefixOf = (columnName: string, array: boolean, text: string, boost: number): Relation => {
  const where = array
    ? `EXISTS (SELECT 1 FROM json_each(${columnName}) WHERE substr(value, 1, ?) = ?)`
    : `substr(${columnName}, 1, ?) = ?`;
  return {
    sql: `SELECT rowid AS r, ${real(boost)} AS s FROM docs WHERE ${where}`,
    params: [[...text].length, text],
  };
};

const compileRange = ({ field: name, low, high }: RangeQuery, boost: number, schema: Schema): Relation => {
  const field = schema.fields.get(name);
  if (!field || field.search === false || baseType(field) === 'text') {
    throw refuseSearch(`Syntax error in query: field (${name}) has no ranges.`);
  }
  const bounds: [string, Bound][] = [];
  if (low) bounds.push([low.inclusive ? '>=' : '>', low]);
  if (high) bounds.push([high.inclusive ? '<=' : '<', high]);
  const test = (value: string) => bounds.map(([operator]) => `${value} ${operator} ?`).join(' AND ');
  const where = isArrayField(field)
    ? `EXISTS (SELECT 1 FROM json_each(${column(name)}) WHERE ${test('value')})`
    : test(column(name));
  return {
    sql: `SELECT rowid AS r, ${real(boost)} AS s FROM docs WHERE ${where}`,
    params: bounds.map(([, bound]) => queryValue(schema, name, bound.value)),
  };
};

/** Each word must match in one of the fields; a match is worth its field's weight. */
const compileWords = (node: MatchQuery, boost: number, scope: Scope): Relation => {
  const words = node.how === 'phrase' ? [node.text] : node.text.split(/\s+/u);
  const meaningful = words.filter((word) => /[\p{L}\p{N}_]/u.test(word));
  if (meaningful.length === 0) return NOTHING;
  const parts = meaningful.map((word, at) =>
    inFields(word, node.how === 'prefix' && at === meaningful.length - 1, boost, scope),
  );
  return intersection(parts);
};

const inFields = (word: string, prefix: boolean, boost: number, scope: Scope): Relation => {
  const fieldsByWeight = Map.groupBy(scope.weights, ([, weight]) => weight);
  const parts = [...fieldsByWeight].map(([weight, fields]): Relation => {
    const columns = fields
      .map(([name]) => name)
      .map(column)
      .join(' ');
    const quoted = `"${word.replaceAll('\0', ' ').replaceAll('"', '""')}"${prefix ? '*' : ''}`;
    const match = `{${columns}} : ${quoted}`;
    const matches = 'FROM words WHERE words MATCH ?';
    const worth = real(boost * weight);
    if (prefix) return { sql: `SELECT rowid AS r, ${worth} AS s ${matches}`, params: [match] };
    // FTS5's bm25() costs more per document than the rest of the search, and is next to 0 for a common word.
    const rarity = `(1.0 + ln(1.0 + ? / (SELECT 1.0 + count(*) ${matches})))`;
    return {
      sql: `SELECT rowid AS r, ${worth} * ${rarity} AS s ${matches}`,
      params: [scope.documents, match, match],
    };
  });
  return union(parts);
};

/** The ids of `(term field=_id …)` clauses; all of an `or`'s are one look-up in SQL. */
const idOf = (query: Query): string | undefined =>
  query.kind === 'match' && query.field === '_id' && query.how !== 'prefix' && query.boost === 1
    ? query.text
    : undefined;

const withIds = (ids: readonly string[], score: number): Relation => ({
  sql: `SELECT rowid AS r, ${real(score)} AS s FROM docs WHERE id IN (SELECT value FROM json_each(?))`,
  params: [JSON.stringify(ids)],
});

const queryValue = (schema: Schema, name: string, text: string): StoredValue => {
  const field = schema.fields.get(name);
  if (!field) throw refuseSearch(`Syntax error in query: field (${name}) does not exist.`);
  try {
    return storedValues(field, text)[0] ?? text;
  } catch (error) {
    throw refuseSearch(`Syntax error in query: field (${name}) ${messageOf(error)}`);
  }
};

/** A number as a REAL literal of SQL. */
const real = (value: number): string => {
  if (!Number.isFinite(value)) throw refuseSearch(`${value} is no boost`);
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
};
