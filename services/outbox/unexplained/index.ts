export type { ChangeFeed } from '../changes/change-feed.ts';
export type { ClusterTime } from '../changes/cluster-time.ts';
export { ChangeStreamHistoryLostError } from '../changes/history-lost-error.ts';
export {
  type ChangeView,
  MongoChangeFeed,
  type MongoChangeFeedOptions,
} from '../changes/mongo-change-feed.ts';
export { MongoPositionStore } from '../changes/mongo-position-store.ts';
export type { FeedPosition, PositionStore } from '../changes/position-store.ts';
export type { UnexplainedReason, UnexplainedWrite } from './find-unexplained.ts';
export { type HealParts, type HealResult, healOpen } from './heal.ts';
export { MemoryWriteSites } from './memory-write-sites.ts';
export { MongoUnexplainedStore } from './mongo-unexplained-store.ts';
export { MongoWriteSites } from './mongo-write-sites.ts';
export { type RecordWriteSitesOptions, recordWriteSites } from './record-write-sites.ts';
export type { Healing, KeptWrite, UnexplainedCounts, UnexplainedStore } from './unexplained-store.ts';
export { UnexplainedWatch, type UnexplainedWatchOptions, type WatchEvent } from './unexplained-watch.ts';
export { watchView } from './watch-view.ts';
export type { WriteSite, WriteSites } from './write-sites.ts';
