import type { DefaultOperator, Query } from './query.ts';
import { refuseSearch } from './refusal.ts';

type Token =
  | { readonly kind: 'word' | 'phrase' | 'prefix'; readonly text: string }
  | { readonly kind: '(' | ')' | '+' | '-' | '|' };

/**
 * The simple parser: words, "phrases", `prefix*`, `+`, `|`, `-` and parentheses; `\` takes an operator's meaning
 * away. Like the real one it makes the best of whatever a person typed. Fuzzy `~` is not done here.
 */
export const parseSimple = (text: string, defaultOperator: DefaultOperator): Query => {
  const tokens = tokenize(text);
  let at = 0;

  const unary = (): Query => {
    const token = tokens[at++];
    if (token?.kind === '-') return { kind: 'not', child: unary() };
    if (token?.kind === '(') {
      const inner = anyOf();
      at++;
      return inner;
    }
    if (token?.kind === 'word') return match('term', token.text);
    if (token?.kind === 'phrase' || token?.kind === 'prefix') return match(token.kind, token.text);
    return token ? unary() : { kind: 'or', children: [], boost: 1 };
  };
  const sequence = (): Query => {
    const children: Query[] = [];
    for (let token = tokens[at]; token && token.kind !== '|' && token.kind !== ')'; token = tokens[at]) {
      if (token.kind === '+') at++;
      else children.push(unary());
    }
    return combined(defaultOperator, children);
  };
  const anyOf = (): Query => {
    const children = [sequence()];
    while (tokens[at]?.kind === '|') {
      at++;
      children.push(sequence());
    }
    return combined('or', children);
  };

  const queries: Query[] = [];
  while (at < tokens.length) {
    queries.push(anyOf());
    // A parenthesis that closes nothing says nothing.
    if (tokens[at]?.kind === ')') at++;
  }
  return combined(defaultOperator, queries);
};

const match = (how: 'term' | 'phrase' | 'prefix', text: string): Query => ({
  kind: 'match',
  how,
  field: null,
  text,
  boost: 1,
});

/** Nothing was asked for: nothing is found. */
const combined = (kind: DefaultOperator, children: readonly Query[]): Query => {
  if (children.length === 1 && children[0]) return children[0];
  return { kind: children.length === 0 ? 'or' : kind, children, boost: 1 };
};

const tokenize = (text: string): Token[] => {
  const tokens: Token[] = [];
  const scanner = /\s+|"((?:\\.|[^"\\])*)"?(~\d*)?|[()+|]|-(?=\S)|((?:\\.|[^\s"()+|\\])+)|\\$/gsu;
  for (const [whole, phrase, near, word] of text.matchAll(scanner)) {
    if (near) throw refuseSearch('Near queries ("…"~N) are not implemented by the local endpoint');
    if (word !== undefined) tokens.push(wordToken(word));
    else if (phrase !== undefined) tokens.push({ kind: 'phrase', text: unescaped(phrase) });
    else if (/^[()+|-]$/.test(whole)) tokens.push({ kind: whole as '(' | ')' | '+' | '-' | '|' });
  }
  return tokens;
};

const wordToken = (word: string): Token => {
  if (/(?<!\\)(?:\\\\)*~\d*$/u.test(word)) {
    throw refuseSearch('Fuzzy queries (word~N) are not implemented by the local endpoint');
  }
  const prefix = /(?<!\\)(?:\\\\)*\*$/u.test(word);
  return prefix
    ? { kind: 'prefix', text: unescaped(word.slice(0, -1)) }
    : { kind: 'word', text: unescaped(word) };
};

const unescaped = (text: string): string => text.replaceAll(/\\(.)/gsu, '$1');
