/** What a mapping has done since it was made. */
export interface MappingCounters {
  /** Batches that succeeded, or of which a part did. */
  batches: number;
  /** Records that a successful invocation covered. */
  recordsDelivered: number;
  /** Invocations that ended in an error or with item failures. */
  failures: number;
  /** Attempts that never reached the function. */
  notInvoked: number;
  /** Records that no filter let through. */
  recordsFiltered: number;
  /** Records that were given up, with or without a destination. */
  recordsDiscarded: number;
  /** Discarded batches that the failure destination took. */
  destinationSends: number;
  /** Attempts that it did not take; each batch is sent again. */
  destinationFailures: number;
  /** The newest thing that went wrong. */
  lastError: { readonly atMs: number; readonly message: string } | undefined;
}

export const mappingCounters = (): MappingCounters => ({
  batches: 0,
  recordsDelivered: 0,
  failures: 0,
  notInvoked: 0,
  recordsFiltered: 0,
  recordsDiscarded: 0,
  destinationSends: 0,
  destinationFailures: 0,
  lastError: undefined,
});
