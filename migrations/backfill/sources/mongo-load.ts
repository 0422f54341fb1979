import { type Db, type Document, MongoServerError } from 'mongodb';
import type { SourceLoad } from '../throttle/source-load.ts';
import { sourceError } from './source-error.ts';

/** What a user without the role `clusterMonitor`, a mongos, or a standalone answers. */
const CANNOT_TELL = new Set([13, 59, 76]);
const PRIMARY = 1;
const SECONDARY = 2;

/** How busy a MongoDB says it is; what this user may not ask is absent. */
export const readMongoLoad = async (db: Db): Promise<SourceLoad> => {
  const admin = db.client.db('admin');
  const ask = async (command: Document): Promise<Document | undefined> => {
    try {
      return await admin.command(command);
    } catch (thrown) {
      if (thrown instanceof MongoServerError && CANNOT_TELL.has(Number(thrown.code))) return undefined;
      throw sourceError(String(Object.keys(command)[0]), thrown);
    }
  };
  const [server, replicaSet] = await Promise.all([
    ask({ serverStatus: 1, repl: 0, metrics: 0, locks: 0, wiredTiger: 0 }),
    ask({ replSetGetStatus: 1 }),
  ]);
  return { ...loadOf(server), ...(replicaSet ? lagOf(replicaSet) : {}) };
};

const loadOf = (server: Document | undefined): SourceLoad => {
  if (!server) return {};
  const { current = 0, available = 0 } = server.connections ?? {};
  return {
    connectionsShare: current / Math.max(1, current + available),
    queuedOperations: Number(server.globalLock?.currentQueue?.total ?? 0),
  };
};

/** Members that are down hold nobody up; a set of one has no lag. */
const lagOf = ({ members = [] }: Document): SourceLoad => {
  const timesOf = (state: number): number[] =>
    (members as Document[])
      .filter((member) => member.health === 1 && member.state === state)
      .map(({ optimeDate }) => (optimeDate as Date).getTime());
  const [primaryMs] = timesOf(PRIMARY);
  const secondariesMs = timesOf(SECONDARY);
  if (primaryMs === undefined || secondariesMs.length === 0) return {};
  return { replicationLagMs: Math.max(0, primaryMs - Math.min(...secondariesMs)) };
};
