import type { Bound, DefaultOperator, Query } from './query.ts';
import { refuseSearch } from './refusal.ts';

type Token = { readonly kind: 'open' | 'close' | 'name' | 'string' | 'range'; readonly text: string };

interface ClauseOptions {
  readonly field: string | null;
  readonly boost: number;
}

const MATCHES = new Set(['term', 'phrase', 'prefix']);
const MAX_CLAUSES = 1024;

/**
 * The structured parser: `matchall`, `(and …)`, `(or …)`, `(not …)`, `(term …)`, `(phrase …)`, `(prefix …)`,
 * `(range …)`, `field:'value'`, `field:[1,5}` and plain `'words'`, with the options `field` and `boost`
 * (https://docs.aws.amazon.com/cloudsearch/latest/developerguide/search-api.html).
 * @throws Refusal for anything else.
 */
export const parseStructured = (text: string, defaultOperator: DefaultOperator): Query => {
  const reader = new Reader(tokenize(text));
  const queries: Query[] = [];
  while (!reader.done()) queries.push(parseClause(reader));
  if (queries.length === 0) throw syntaxError('it is empty');
  return queries.length === 1 && queries[0]
    ? queries[0]
    : { kind: defaultOperator, children: queries, boost: 1 };
};

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    if (tokens.length > MAX_CLAUSES * 8) throw syntaxError(`it has more than ${MAX_CLAUSES} clauses`);
    this.#tokens = tokens;
  }

  done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw syntaxError('it ends too early');
    return token;
  }

  take(kind: Token['kind']): Token {
    const token = this.next();
    if (token.kind !== kind) throw syntaxError(`unexpected ${token.text}`);
    return token;
  }
}

const parseClause = (reader: Reader): Query => {
  const token = reader.next();
  if (token.kind === 'string') return matchOf('term', null, token.text, 1);
  if (token.kind === 'name') return parseNamed(token.text, reader);
  if (token.kind !== 'open') throw syntaxError(`unexpected ${token.text}`);
  const operator = reader.take('name').text;
  const options = parseOptions(reader);
  const query = parseOperator(operator, options, reader);
  reader.take('close');
  return query;
};

/** `matchall`, or `field:value`. */
const parseNamed = (name: string, reader: Reader): Query => {
  if (name === 'matchall') return { kind: 'all', boost: 1 };
  const field = /^([a-z_][a-z0-9_]*):$/.exec(name)?.[1];
  if (!field) throw syntaxError(`unexpected ${name}`);
  const value = reader.next();
  if (value.kind === 'range') return rangeOf(field, value.text, 1);
  if (value.kind === 'string' || value.kind === 'name') return matchOf('term', field, value.text, 1);
  throw syntaxError(`unexpected ${value.text}`);
};

const parseOptions = (reader: Reader): ClauseOptions => {
  let options: ClauseOptions = { field: null, boost: 1 };
  for (;;) {
    const token = reader.peek();
    const option = token?.kind === 'name' ? /^(field|boost)=(.*)$/s.exec(token.text) : null;
    if (!option) return options;
    reader.next();
    const [, name, inline] = option;
    const value = inline || reader.take('string').text;
    if (name === 'field') options = { ...options, field: value };
    else if (name === 'boost' && Number.isFinite(Number(value)))
      options = { ...options, boost: Number(value) };
    else throw syntaxError(`${name}=${value} is not understood`);
  }
};

const parseOperator = (operator: string, { field, boost }: ClauseOptions, reader: Reader): Query => {
  if (operator === 'matchall') return { kind: 'all', boost };
  if (MATCHES.has(operator)) {
    const value = reader.next();
    if (value.kind !== 'string' && value.kind !== 'name') throw syntaxError(`unexpected ${value.text}`);
    return matchOf(operator as 'term' | 'phrase' | 'prefix', field, value.text, boost);
  }
  if (operator === 'range') {
    if (!field) throw syntaxError('a range names its field');
    return rangeOf(field, reader.take('range').text, boost);
  }
  const children: Query[] = [];
  while (reader.peek() && reader.peek()?.kind !== 'close')
    children.push(withField(parseClause(reader), field));
  if ((operator === 'and' || operator === 'or') && children.length > 0)
    return { kind: operator, children, boost };
  if (operator === 'not' && children.length === 1 && children[0]) return { kind: 'not', child: children[0] };
  throw syntaxError(`(${operator} …) is not understood by the local endpoint`);
};

/** `(not field=genres 'Sci-Fi')`: an operator's field is that of its plain strings. */
const withField = (query: Query, field: string | null): Query =>
  field && query.kind === 'match' && query.field === null ? { ...query, field } : query;

const matchOf = (
  how: 'term' | 'phrase' | 'prefix',
  field: string | null,
  text: string,
  boost: number,
): Query => ({
  kind: 'match',
  how,
  field,
  text,
  boost,
});

const rangeOf = (field: string, text: string, boost: number): Query => {
  const parts = /^([[{])\s*('[^']*'|[^,']*)\s*,\s*('[^']*'|[^,']*?)\s*([\]}])$/.exec(text);
  if (!parts) throw syntaxError(`${text} is not a range`);
  const bound = (value = '', inclusive: boolean): Bound | null =>
    value.trim() === '' ? null : { value: value.trim().replaceAll("'", ''), inclusive };
  const low = bound(parts[2], parts[1] === '[');
  const high = bound(parts[3], parts[4] === ']');
  if (!low && !high) throw syntaxError(`${text} has no bound`);
  return { kind: 'range', field, low, high, boost };
};

const tokenize = (text: string): Token[] => {
  const tokens: Token[] = [];
  const scanner =
    /\s+|(?<open>\()|(?<close>\))|'(?<string>(?:\\.|[^'\\])*)'|(?<range>[[{][^\]}]*[\]}])|(?<name>[a-z_][a-z0-9_]*(?::|=[^\s()']*)?|-?\d+(?:\.\d+)?)|(?<bad>.)/gsu;
  for (const { groups = {} } of text.matchAll(scanner)) {
    if (groups.bad !== undefined) throw syntaxError(`unexpected ${groups.bad}`);
    for (const kind of ['open', 'close', 'string', 'range', 'name'] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: kind === 'string' ? unescaped(found) : found });
    }
  }
  return tokens;
};

const unescaped = (text: string): string => text.replaceAll(/\\(.)/gsu, '$1');

const syntaxError = (why: string) => refuseSearch(`Syntax error in query: ${why}`);
