/** A moment of MongoDB's own clock: seconds since the Unix epoch, and a counter within the second. */
export interface ClusterTime {
  readonly t: number;
  readonly i: number;
}

/** Below 0 when `a` came before `b`, 0 when they are the same moment. */
export const compareClusterTimes = (a: ClusterTime, b: ClusterTime): number => a.t - b.t || a.i - b.i;

/** As a position of the source is written everywhere: `seconds.increment`. */
export const formatClusterTime = ({ t, i }: ClusterTime): string => `${t}.${i}`;
