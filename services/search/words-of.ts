const WORD = /[\p{L}\p{N}_]+/gu;

/**
 * The words of what a person typed, in lower case: runs of letters, digits and `_`. Nothing that an index's
 * query language could take for an operator is left in them.
 */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(WORD) ?? [];
