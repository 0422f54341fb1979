import { UsageError } from '../../../services/core/index.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/** Whether a field's value matches; `undefined` is a field that is not there. */
type Matches = (value: Json | undefined) => boolean;

/**
 * Compiles an event pattern. Lambda's filters follow EventBridge's rules: fields are joined by "and", the
 * entries of a list by "or", names nest as in the event, and what the pattern does not name is ignored.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * Numbers are compared by value; `cidr` is not simulated.
 * @throws UsageError when it is not a pattern.
 */
export const compilePattern = (pattern: JsonObject): ((event: JsonObject) => boolean) => {
  const fields = Object.entries(pattern).map(([name, rule]) =>
    name === '$or' ? compileOr(rule) : compileField(name, rule),
  );
  if (fields.length === 0) throw new UsageError('a filter pattern names at least one field');
  return (event) => fields.every((matches) => matches(event));
};

/** `"$or": [pattern, pattern]` holds when one of them does. */
const compileOr = (rule: Json): ((event: JsonObject) => boolean) => {
  if (!Array.isArray(rule) || rule.length < 2 || !rule.every(isObject)) {
    throw new UsageError('$or takes a list of at least two patterns');
  }
  const alternatives = rule.map(compilePattern);
  return (event) => alternatives.some((matches) => matches(event));
};

const compileField = (name: string, rule: Json): ((event: JsonObject) => boolean) => {
  if (isObject(rule)) {
    const nested = compilePattern(rule);
    return (event) => asList(event[name]).some((value) => isObject(value) && nested(value));
  }
  if (!Array.isArray(rule) || rule.length === 0) {
    throw new UsageError(`the filter for ${name} is a list of values and rules, or a nested pattern`);
  }
  const alternatives = rule.map((entry: Json) => compileRule(name, entry));
  return (event) => alternatives.some((matches) => matches(event[name]));
};

const asList = (value: Json | undefined): readonly (Json | undefined)[] =>
  Array.isArray(value) ? value : [value];

/** A field that holds a list matches when one of its elements does. */
const anyElement =
  (matches: (value: Json) => boolean): Matches =>
  (value) =>
    asList(value).some((element) => element !== undefined && matches(element));

const compileRule = (name: string, rule: Json): Matches => {
  if (!isObject(rule)) return anyElement((value) => value === rule);
  const [operator = '', operand = null] = Object.entries(rule)[0] ?? [];
  if (Object.keys(rule).length !== 1) throw new UsageError(`a filter rule for ${name} has one operator`);
  if (operator === 'exists') return compileExists(name, operand);
  if (operator === 'anything-but') return compileAnythingBut(name, operand);
  if (operator === 'numeric') return anyElement(compileNumeric(name, operand));
  return anyElement(compileText(name, operator, operand));
};

/** "Exists" looks at leaves only. */
const compileExists = (name: string, operand: Json): Matches => {
  if (typeof operand !== 'boolean') throw new UsageError(`exists for ${name} takes true or false`);
  return (value) => (value !== undefined && !isObject(value)) === operand;
};

/** Holds for a field that is there and of which no element is one of these. */
const compileAnythingBut = (name: string, operand: Json): Matches => {
  const unwanted = asList(operand).map((entry): ((value: Json) => boolean) => {
    if (!isObject(entry)) return (value) => value === entry;
    const [operator = '', inner = null] = Object.entries(entry)[0] ?? [];
    return asAlternatives(inner, (one) => compileText(name, operator, one));
  });
  return (value) =>
    value !== undefined &&
    !asList(value).some((element) => element !== undefined && unwanted.some((matches) => matches(element)));
};

const asAlternatives = (
  operand: Json,
  compile: (one: Json) => (value: Json) => boolean,
): ((value: Json) => boolean) => {
  const alternatives = (Array.isArray(operand) ? operand : [operand]).map(compile);
  return (value) => alternatives.some((matches) => matches(value));
};

const COMPARISONS: { readonly [operator: string]: (value: number, bound: number) => boolean } = {
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/** `["=", 5]` or `[">", 10, "<=", 20]`. */
const compileNumeric = (name: string, operand: Json): ((value: Json) => boolean) => {
  const parts = Array.isArray(operand) ? operand : [];
  const bounds: ((value: number) => boolean)[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const compare = COMPARISONS[String(parts[at])];
    const bound = parts[at + 1];
    if (!compare || typeof bound !== 'number') bounds.length = 0;
    if (!compare || typeof bound !== 'number') break;
    bounds.push((value) => compare(value, bound));
  }
  if (bounds.length === 0) throw new UsageError(`numeric for ${name} takes ["=", 5] or [">", 10, "<=", 20]`);
  return (value) => typeof value === 'number' && bounds.every((holds) => holds(value));
};

const compileText = (name: string, operator: string, operand: Json): ((value: Json) => boolean) => {
  const matches = textMatcher(operator, operand);
  if (!matches) throw new UsageError(`${operator} is no filter rule for ${name} that is simulated`);
  return (value) => typeof value === 'string' && matches(value);
};

const textMatcher = (operator: string, operand: Json): ((value: string) => boolean) | undefined => {
  if (isObject(operand)) {
    const anyCase = operand['equals-ignore-case'];
    if (typeof anyCase !== 'string' || operator === 'wildcard') return undefined;
    const matches = textMatcher(operator, anyCase.toLowerCase());
    return matches && ((value) => matches(value.toLowerCase()));
  }
  if (typeof operand !== 'string') return undefined;
  switch (operator) {
    case 'prefix':
      return (value) => value.startsWith(operand);
    case 'suffix':
      return (value) => value.endsWith(operand);
    case 'equals-ignore-case':
      return (value) => value.toLowerCase() === operand.toLowerCase();
    case 'wildcard':
      return wildcardMatcher(operand);
    default:
      return undefined;
  }
};

/** `*` stands for any characters; a backslash takes a star or a backslash literally. */
const wildcardMatcher = (wildcard: string): ((value: string) => boolean) => {
  const source = wildcard.replaceAll(/\\([*\\])|\*|[^*\\]+|\\/g, (part, escaped: string | undefined) =>
    part === '*' ? '.*' : (escaped ?? part).replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'),
  );
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => expression.test(value);
};

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
