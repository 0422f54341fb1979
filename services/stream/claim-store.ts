/** Keeps the data of events that are too large for a stream, by reference ("claim check"). */
export interface ClaimStore {
  /**
   * Keeps `body` and answers a URI that stands for it, for at least as long as a stream keeps records and a
   * quarantine entries. The same name gives the same reference.
   */
  put(name: string, body: string): Promise<string>;
  /**
   * What a reference stands for; `undefined` when that is gone for good.
   * @throws RejectError for a reference that this store never gave.
   */
  get(reference: string): Promise<string | undefined>;
}
