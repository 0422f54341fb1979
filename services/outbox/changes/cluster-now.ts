import { type Db, Timestamp } from 'mongodb';
import { StandaloneError } from '../errors.ts';
import type { ClusterTime } from './cluster-time.ts';

/**
 * A cluster time that whatever is committed already is not after.
 * @throws StandaloneError where there are none.
 */
export const clusterNow = async (db: Db): Promise<ClusterTime> => {
  const { operationTime } = await db.command({ ping: 1 });
  if (!(operationTime instanceof Timestamp)) throw new StandaloneError();
  return { t: operationTime.getHighBitsUnsigned(), i: operationTime.getLowBitsUnsigned() };
};
