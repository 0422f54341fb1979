import { UsageError } from '../../services/core/index.ts';

/** Where a value stands in an answer: names of fields, and `[]` for any element of a list. */
export type FieldPath = readonly string[];

export const LIST = '[]';

/** A set of field paths: `body.users[].name`; `*` is any one step, `**` any number of them. */
export interface FieldPattern {
  matches(path: FieldPath): boolean;
}

const PLAIN = /^[\w$-]+$/;
const STEP = /\.?(\*\*|\*|[\w$-]+|"(?:[^"\\]|\\.)*")|(\[\])/y;

/** A path as a person reads and writes it; names that are not plain are quoted. */
export const fieldName = (path: FieldPath): string =>
  path
    .map((step, at) => {
      if (step === LIST) return LIST;
      const name = PLAIN.test(step) ? step : JSON.stringify(step);
      return at === 0 ? name : `.${name}`;
    })
    .join('');

/**
 * Reads a pattern of body fields.
 * @throws UsageError that says what a pattern looks like.
 */
export const fieldPattern = (text: string): FieldPattern => {
  const steps = stepsOf(text);
  if (steps[0] !== 'body' && steps[0] !== '**')
    throw new UsageError(`"${text}" does not begin with body, as body.users[].name does, or with **`);
  return { matches: (path) => matchesFrom(steps, 0, path, 0) };
};

export const matchesAny = (patterns: readonly FieldPattern[], path: FieldPath): boolean =>
  patterns.some((pattern) => pattern.matches(path));

const stepsOf = (text: string): string[] => {
  const steps: string[] = [];
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    // A name after a name needs its dot, and the first has none.
    if (!found || (found[1] !== undefined && at > 0 !== found[0].startsWith('.')))
      throw new UsageError(
        `"${text}" is not a field pattern at character ${at + 1}: body.users[].name is one`,
      );
    const [whole, name] = found;
    steps.push(name === undefined ? LIST : name.startsWith('"') ? String(JSON.parse(name)) : name);
    at += whole.length;
  }
  return steps;
};

const matchesFrom = (steps: FieldPath, step: number, path: FieldPath, at: number): boolean => {
  const expected = steps[step];
  if (expected === undefined) return at === path.length;
  if (expected === '**')
    return (
      matchesFrom(steps, step + 1, path, at) || (at < path.length && matchesFrom(steps, step, path, at + 1))
    );
  if (at === path.length || (expected !== '*' && expected !== path[at])) return false;
  return matchesFrom(steps, step + 1, path, at + 1);
};
