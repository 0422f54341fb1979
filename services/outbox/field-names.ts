import type { EntityDefinition } from '../core/index.ts';
import { VERSIONS_FIELD } from '../core/index.ts';
import { UnpublishableError } from './errors.ts';

const RESERVED = new Set(['_id', VERSIONS_FIELD]);

/**
 * Lets only plain top-level fields through: in an update a dot would be a path and a `$` an operator.
 * @throws UnpublishableError `bad-field` naming the first field that is neither.
 */
export const assertPlainFields = (entity: EntityDefinition, fields: readonly string[]): void => {
  for (const field of fields) {
    const problem = problemOf(field);
    if (problem)
      throw new UnpublishableError('bad-field', entity.collection, `the field "${field}" ${problem}`);
  }
};

const problemOf = (field: string): string | undefined => {
  if (RESERVED.has(field)) return 'is reserved and cannot be written';
  if (field === '') return 'has no name';
  if (field.startsWith('$')) return 'begins with a $, which MongoDB takes for an operator: rename it';
  if (field.includes('.')) return 'has a dot, which MongoDB takes for a path: give the whole top-level field';
  if (field.includes('\0')) return 'has a NUL character: rename it';
  return undefined;
};
