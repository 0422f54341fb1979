/** What a source remembers of its recent past. */
export interface ChangedKeys {
  /**
   * Every key that was written or deleted from `position` on until now, by whomever, in batches; a key may come
   * several times.
   * @throws UsageError for what is no position, or one that is still to come.
   * @throws ChangesUnknownError when the source does not remember that far.
   */
  since(position: string, signal: AbortSignal): AsyncIterable<readonly string[]>;
}
