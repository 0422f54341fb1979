import type { PendingRow } from './outbox-feed.ts';

/** What a relay has to tell, for logs and metrics; nothing in it needs an answer. */
export type RelayEvent =
  | { readonly type: 'standing-by' }
  | { readonly type: 'leading'; readonly epoch: number }
  | { readonly type: 'published'; readonly rows: readonly PendingRow[]; readonly atMs: number }
  | {
      readonly type: 'send-failed';
      readonly stream: string;
      readonly records: number;
      readonly error: unknown;
    }
  | { readonly type: 'quarantined'; readonly row: PendingRow; readonly reason: string }
  | { readonly type: 'acknowledged'; readonly rows: number }
  | { readonly type: 'acknowledge-failed'; readonly rows: number; readonly error: unknown }
  | { readonly type: 'swept'; readonly row: PendingRow }
  | { readonly type: 'token-lost'; readonly error: unknown }
  /** The term ended by an error that may pass; another one begins after `retryInMs`. */
  | { readonly type: 'interrupted'; readonly error: unknown; readonly retryInMs: number }
  | { readonly type: 'stopped' };

/** Is told what a relay does, while it does it: it must neither throw nor take its time. */
export type ObserveRelay = (event: RelayEvent) => void;
