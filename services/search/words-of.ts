const WORD = /[\p{L}\p{N}_]+/gu;

/** What parts words, for an engine that splits text itself: a regular expression of Java's dialect. */
export const WORD_SEPARATOR = '[^\\p{L}\\p{N}_]+';

/**
 * The words of what a person typed, in lower case: runs of letters, digits and `_`. Nothing that an index's
 * query language could take for an operator is left in them.
 */
export const wordsOf = (text: string): string[] => wordsAsTyped(text.toLowerCase());

/** The same, for an engine that lowers case itself, by rules that differ from ours in a few letters (İ). */
export const wordsAsTyped = (text: string): string[] => text.match(WORD) ?? [];
