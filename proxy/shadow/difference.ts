import type { FieldPath } from './field-path.ts';

/**
 * How two values differ. `missing` and `extra` are the candidate's; `unanswered`: the candidate gave no answer;
 * `overlap`: two ranked lists have too little in common; `length`: of two lists, the elements aside.
 */
export type DifferenceKind = 'value' | 'type' | 'missing' | 'extra' | 'length' | 'overlap' | 'unanswered';

/** One difference between the answers of both sides to one request. */
export interface Difference {
  /** `status`, `header.content-type`, `body.users[].name`: the same for all elements of a list. */
  readonly field: string;
  readonly path: FieldPath;
  readonly kind: DifferenceKind;
  readonly control: unknown;
  readonly candidate: unknown;
}
