import { backfillOperations } from '../../migrations/admin/backfill-operations.ts';
import { ControlCheckpointStore } from '../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { pageFolders } from '../../proxy/admin/page-folders.ts';
import { systemClock } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { startCanaryWorld } from './canary-world.ts';
import { send, type Upstream } from './proxy-world.ts';
import { startedAdmin } from './started-admin.ts';

const PLAN = {
  steps: [5, 25, 50, 100].map((weightPercent) => ({ weightPercent, bakeMs: 3_600_000 })),
};

/** Two proxies with traffic, a load balancer, a backfill, and the admin server with its page before them. */
export const startPageWorld = async (store: ControlStore) => {
  const canary = await startCanaryWorld({
    store,
    shadow: { percent: 100, noisePercent: 0, show: ['body.followers'] },
    plans: { careful: PLAN },
  });
  const { worlds, rule } = canary;
  for (const { control, candidate } of worlds) {
    control.answer = json({ name: 'Ann Lee', followers: 312, town: 'Graz' });
    candidate.answer = json({ name: 'Ann Leigh', followers: 317, town: 'Graz' });
  }
  const operations = [
    ...backfillOperations({
      control: async () => store,
      clock: systemClock,
      plans: async () => ['users-to-search', 'users-to-profiles'],
      requirePlan: async () => undefined,
    }),
    ...canary.operations,
  ];
  const admin = await startedAdmin(operations, { page: pageFolders() });
  let users = 0;
  return {
    admin,
    worlds,
    rule,
    /** Starts a plan's run, which a worker has saved just now. */
    beginBackfill: (plan: 'users-to-search' | 'users-to-profiles') => beginBackfill(store, plan),
    /** Sends one request of each of so many users to each proxy. */
    visit: async (count: number) => {
      for (const { proxy } of worlds)
        for (let sent = 0; sent < count; sent++)
          await send(proxy.address, { path: '/profiles/1', headers: { 'x-user-id': `user-${users++}` } });
    },
    close: async () => {
      await admin.close();
      await canary.close();
    },
  };
};

export type PageWorld = Awaited<ReturnType<typeof startPageWorld>>;

const json =
  (body: object): Upstream['answer'] =>
  (req, res) => {
    req.resume();
    res.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };

const beginBackfill = async (control: ControlStore, plan: string): Promise<void> => {
  const checkpoints = new ControlCheckpointStore({ control });
  const nowMs = Date.now();
  const run = {
    ...{ id: 'run-1', plan, startedAtMs: nowMs - 60_000, sourcePosition: '1.1' },
    ...{ partitionCount: 1, orders: {} },
  };
  await checkpoints.save(run, 0);
  const counts = { read: 5_000, written: 4_990, stale: 8, rejected: 2 };
  const owner = { name: 'host:1', sinceMs: nowMs - 60_000, savedAtMs: nowMs, perSecond: 83 };
  const partition = { id: 'int-0', from: null, to: null, bsonType: 'int', estimated: 20_000 };
  await checkpoints.savePartition(
    run,
    {
      ...{ number: 0, partition, position: null, done: false, ...counts },
      owner: { ...owner, throttle: 'the sink answers slowly' },
    },
    0,
  );
};
