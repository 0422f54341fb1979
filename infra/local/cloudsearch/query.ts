/**
 * A search query after parsing, whichever parser read it. `field` null: every searched text field. Scores of
 * clauses add up; `boost` multiplies a clause's.
 */
export type Query =
  | { readonly kind: 'all'; readonly boost: number }
  | {
      readonly kind: 'match';
      readonly how: 'term' | 'phrase' | 'prefix';
      readonly field: string | null;
      readonly text: string;
      readonly boost: number;
    }
  | {
      readonly kind: 'range';
      readonly field: string;
      readonly low: Bound | null;
      readonly high: Bound | null;
      readonly boost: number;
    }
  | { readonly kind: 'and' | 'or'; readonly children: readonly Query[]; readonly boost: number }
  | { readonly kind: 'not'; readonly child: Query };

/** One end of a range. */
export interface Bound {
  readonly value: string;
  readonly inclusive: boolean;
}

/** How the words of an unfielded clause combine where the query does not say. */
export type DefaultOperator = 'and' | 'or';
