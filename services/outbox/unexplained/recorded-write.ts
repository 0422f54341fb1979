import { type ClusterTime, compareClusterTimes } from '../changes/cluster-time.ts';
import type { UnexplainedWrite } from './find-unexplained.ts';
import type { WriteSite } from './write-sites.ts';

/** A write command that changed something, as its driver saw it. */
export interface RecordedWrite {
  readonly command: 'insert' | 'update' | 'delete' | 'findAndModify';
  readonly collection: string;
  readonly frames: readonly string[];
  /** As in change events: session and number; `undefined` outside a transaction. */
  readonly transaction: string | undefined;
  /** The keys that the command names; `undefined` when its filters say otherwise. */
  readonly keys: readonly string[] | undefined;
  /** How many documents it changed, by its answer. */
  readonly changed: number;
  /** The cluster time that the driver knew when it sent the command: what it wrote came later. */
  readonly after: ClusterTime | undefined;
  /** The operation time of its answer, which outside a transaction is the cluster time of its last change. */
  readonly until: ClusterTime | undefined;
}

/** Finds the site of a write among recorded ones, the newest of which comes last. */
export const siteAmong = (
  recorded: readonly RecordedWrite[],
  write: UnexplainedWrite,
): WriteSite | undefined => {
  const candidates = recorded.filter((one) => mayBe(one, write));
  const proven =
    write.transaction === undefined ? candidates.findLast((one) => proves(one, write)) : undefined;
  const site = proven ?? candidates.at(-1);
  if (!site) return undefined;
  return { frames: site.frames, certain: site === proven || isOnlyOneOfTransaction(candidates, write) };
};

const mayBe = (one: RecordedWrite, write: UnexplainedWrite): boolean => {
  if (one.collection !== write.collection || one.transaction !== write.transaction) return false;
  if (one.keys && write.key !== undefined && !one.keys.includes(write.key)) return false;
  return write.transaction !== undefined || isWithin(one, write.clusterTime);
};

const isWithin = ({ after, until }: RecordedWrite, at: ClusterTime): boolean =>
  until !== undefined &&
  compareClusterTimes(at, until) <= 0 &&
  (after === undefined || compareClusterTimes(after, at) < 0);

/** No two writes share a cluster time, and no two inserts in a row the key. */
const proves = ({ command, changed, keys, until }: RecordedWrite, write: UnexplainedWrite): boolean => {
  if (command === 'insert') return write.operation === 'insert' && keys !== undefined;
  if (command === 'findAndModify' && keys === undefined) return false;
  return changed === 1 && until !== undefined && compareClusterTimes(until, write.clusterTime) === 0;
};

/** A transaction's commands are all known; only a filter may leave open which of them it was. */
const isOnlyOneOfTransaction = (candidates: readonly RecordedWrite[], write: UnexplainedWrite): boolean =>
  write.transaction !== undefined &&
  (candidates.length === 1 || candidates.every(({ keys }) => keys !== undefined));
