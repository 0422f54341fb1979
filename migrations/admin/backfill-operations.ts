import { z } from 'zod';
import { liveView, type Operation, operation } from '../../services/admin/operation.ts';
import type { Person } from '../../services/admin/person.ts';
import { Refusal, type RefusalCode } from '../../services/admin/refusal.ts';
import { readForAll, watch } from '../../services/admin/watch.ts';
import { type Clock, UsageError } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { ControlCheckpointStore, copiedNames } from '../backfill/checkpoints/control-checkpoint-store.ts';
import { giveOrder, type OrderGiven, orderLogOf } from '../backfill/give-order.ts';
import type { Order } from '../backfill/orders.ts';
import { type RunReport, reportOf } from '../backfill/run-report.ts';
import {
  backfillSchema,
  backfillsSchema,
  concurrencySchema,
  ordersSchema,
  throttleSchema,
} from './backfill-schemas.ts';

const TAG = 'backfill';
const ROOT = '/api/v1/backfills';
const LOOK_EVERY_MS = 1_000;

/** What the operations on backfills rest on; nothing is asked for before it is needed. */
export interface BackfillParts {
  control(): Promise<ControlStore>;
  readonly clock: Clock;
  /** The plans of the configuration. */
  plans(): Promise<readonly string[]>;
  /** A plan's name, or that of a fresh sink of one. @throws UsageError that names the nearest plan. */
  requirePlan(name: string): Promise<void>;
}

/** Live control of backfills: the functions behind `banyan backfill`, over HTTP. */
export const backfillOperations = (parts: BackfillParts): Operation[] => [
  ...views(parts),
  ...liveViews(parts),
  ...orders(parts),
];

const ofPlan = {
  tag: TAG,
  params: z.object({
    plan: z.string().describe('A plan of the configuration, or `PLAN@SINK`: a fresh sink of it.'),
  }),
};
const orderRefuses: readonly RefusalCode[] = ['not-found', 'conflict'];

const views = (parts: BackfillParts): Operation[] => [
  operation({
    id: 'listBackfills',
    method: 'get',
    path: ROOT,
    role: 'viewer',
    tag: TAG,
    summary:
      "Every plan's newest run, and that of each fresh sink (`PLAN@SINK`) that has one, without partitions.",
    answer: backfillsSchema,
    handle: () => backfillsOf(parts),
  }),
  operation({
    ...ofPlan,
    id: 'getBackfill',
    method: 'get',
    path: `${ROOT}/{plan}`,
    role: 'viewer',
    summary: "A plan's newest run, as those who work on it saved it within the last second or two.",
    refuses: ['not-found'],
    answer: backfillSchema,
    handle: ({ params }) => backfillOf(parts, params.plan),
  }),
  operation({
    ...ofPlan,
    id: 'getBackfillHistory',
    method: 'get',
    path: `${ROOT}/{plan}/history`,
    role: 'viewer',
    summary: 'What was ordered, by whom and when; the newest first.',
    query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    refuses: ['not-found'],
    answer: ordersSchema,
    handle: ({ params, query }) => historyOf(parts, params.plan, query.limit),
  }),
];

/** However many look, each is read once in a while. */
const liveViews = (parts: BackfillParts): Operation[] => {
  const { clock } = parts;
  const shared = { clock, forMs: LOOK_EVERY_MS / 2 };
  const readAll = readForAll(() => backfillsOf(parts), shared);
  const readOne = readForAll((plan) => backfillOf(parts, plan), shared);
  return [
    liveView({
      id: 'watchBackfills',
      path: '/api/v1/events/backfills',
      role: 'viewer',
      tag: TAG,
      summary: 'The same as the list, whenever it changes; looked at each second.',
      events: { backfills: backfillsSchema },
      stream: async function* ({ signal }) {
        for await (const data of watch({ read: () => readAll('all'), everyMs: LOOK_EVERY_MS, clock, signal }))
          yield { event: 'backfills' as const, data };
      },
    }),
    liveView({
      ...ofPlan,
      id: 'watchBackfill',
      path: `${ROOT}/{plan}/events`,
      role: 'viewer',
      summary: "A plan's newest run with its partitions, whenever it changes; looked at each second.",
      refuses: ['not-found'],
      events: { backfill: backfillSchema },
      stream: async function* ({ params, signal }) {
        const read = () => readOne(params.plan);
        for await (const data of watch({ read, everyMs: LOOK_EVERY_MS, clock, signal }))
          yield { event: 'backfill' as const, data };
      },
    }),
  ];
};

const orders = (parts: BackfillParts): Operation[] => {
  const plain = (action: 'pause' | 'resume' | 'cancel', summary: string) =>
    operation({
      ...ofPlan,
      id: `${action}Backfill`,
      method: 'post',
      path: `${ROOT}/{plan}/${action}`,
      role: 'operator',
      summary,
      refuses: orderRefuses,
      answer: backfillSchema,
      handle: ({ params, person }) => give(parts, params.plan, person, { action }),
    });
  return [
    plain('pause', 'Lets everybody who works on the run wait, until it is resumed.'),
    plain('resume', 'Lifts a pause. It starts no process: a run that nobody works on stays stopped.'),
    plain('cancel', 'Ends the run for good; what was copied stays.'),
    operation({
      ...ofPlan,
      id: 'throttleBackfill',
      method: 'put',
      path: `${ROOT}/{plan}/throttle`,
      role: 'operator',
      summary: 'Limits the rate of all who work on the run together.',
      body: throttleSchema,
      refuses: orderRefuses,
      answer: backfillSchema,
      handle: ({ params, person, body: { rate } }) =>
        give(parts, params.plan, person, { action: 'throttle', ...(rate ? { rate } : {}) }),
    }),
    operation({
      ...ofPlan,
      id: 'setBackfillConcurrency',
      method: 'put',
      path: `${ROOT}/{plan}/concurrency`,
      role: 'operator',
      summary: 'Sets how many batches each worker writes at once.',
      body: concurrencySchema,
      refuses: orderRefuses,
      answer: backfillSchema,
      handle: ({ params, person, body: { batches: range } }) =>
        give(parts, params.plan, person, { action: 'concurrency', ...(range ? { range } : {}) }),
    }),
  ];
};

const give = async (
  parts: BackfillParts,
  plan: string,
  { name: by }: Person,
  order: Order,
): Promise<RunReport> => {
  await knownPlan(parts, plan);
  const control = await parts.control();
  try {
    await giveOrder({ control, clock: parts.clock, plan, by }, order);
  } catch (thrown) {
    // Nobody is there to obey: never begun, or over.
    if (thrown instanceof UsageError && ['no-run', 'run-ended'].includes(thrown.code))
      throw new Refusal('conflict', thrown.message);
    throw thrown;
  }
  return reportIn(control, parts, plan);
};

const backfillOf = async (parts: BackfillParts, plan: string): Promise<RunReport> => {
  await knownPlan(parts, plan);
  return reportIn(await parts.control(), parts, plan);
};

const reportIn = (control: ControlStore, { clock }: BackfillParts, plan: string): Promise<RunReport> =>
  reportOf(new ControlCheckpointStore({ control }), plan, clock.nowMs());

const backfillsOf = async (parts: BackfillParts): Promise<{ backfills: RunReport[] }> => {
  const control = await parts.control();
  const [plans, copied] = await Promise.all([parts.plans(), copiedNames(control)]);
  const names = plans.flatMap((plan) => [plan, ...freshSinksOf(plan, copied)]);
  const reports = await Promise.all(names.map((name) => reportIn(control, parts, name)));
  return { backfills: reports.map(withoutPartitions) };
};

const freshSinksOf = (plan: string, copied: ReadonlySet<string>): string[] =>
  [...copied].filter((name) => name.startsWith(`${plan}@`)).sort();

const withoutPartitions = (report: RunReport): RunReport => {
  if (report.status === 'never-run') return report;
  const { partitions: _, ...progress } = report.progress;
  return { ...report, progress };
};

const historyOf = async (parts: BackfillParts, plan: string, limit: number) => {
  await knownPlan(parts, plan);
  const entries = await (await parts.control()).history<OrderGiven>(orderLogOf(plan), limit);
  return { orders: entries.map(({ atMs, entry }) => ({ atMs, ...entry })) };
};

const knownPlan = async ({ requirePlan }: BackfillParts, plan: string): Promise<void> => {
  try {
    await requirePlan(plan);
  } catch (thrown) {
    throw thrown instanceof UsageError ? new Refusal('not-found', thrown.message) : thrown;
  }
};
