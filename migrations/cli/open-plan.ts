import { EJSON } from 'bson';
import { UsageError } from '../../services/core/index.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';
import type { CheckpointStore } from '../backfill/checkpoint-store.ts';
import { ControlCheckpointStore } from '../backfill/checkpoints/control-checkpoint-store.ts';
import type { Reading } from '../backfill/record-or-reject.ts';
import { type Retry, retryTransient } from '../backfill/retry.ts';
import { MongoFloors } from '../backfill/sources/mongo-floors.ts';
import { MongoSource } from '../backfill/sources/mongo-source.ts';
import { AdaptiveConcurrency } from '../backfill/throttle/adaptive-concurrency.ts';
import { fieldsOf, type OpenSink, type Plan } from '../moves/plan.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import { nearest } from './nearest.ts';
import { openSinkOf } from './open-sink.ts';
import { parsePlanName } from './plan-name.ts';

/** A plan with everything that its commands need, connected. */
export interface OpenPlan {
  /** As it was named, with its fresh sink: runs and quarantine are kept under it. */
  readonly name: string;
  /** Absent: its present sink. The fresh one that was named. */
  readonly into?: string | undefined;
  readonly plan: Plan;
  readonly reading: Reading;
  readonly source: MongoSource;
  /** The same, of what matches a query in extended JSON; or with `whole` of all fields, whatever the plan names. */
  sourceOf(filter: string | undefined, options?: { readonly whole: boolean }): MongoSource;
  readonly floors: MongoFloors;
  readonly store: OpenSink['store'];
  readonly sink: OpenSink;
  readonly quarantine: Quarantine;
  readonly checkpoints: CheckpointStore;
  readonly retry: Retry;
  /** How many batches are written at once: the sink's "too busy" lowers it. */
  readonly concurrency: AdaptiveConcurrency;
}

/** On top of the patience that the adapters have within each call: half a minute or so in all. */
const PATIENCE = { repetitions: 2, firstPauseMs: 1_000, longestPauseMs: 5_000 };

/** The plan of a name, with or without a fresh sink. @throws UsageError that names the nearest plan. */
export const planOf = (config: Config, name: string): Plan => {
  const own = parsePlanName(name).plan;
  const plan = Object.hasOwn(config.plans, own) ? config.plans[own] : undefined;
  if (plan) return plan;
  throw new UsageError(`there is no plan ${own}: ${nearest(own, Object.keys(config.plans))}`);
};

/** Opens a plan for one command, and lets go of its sink afterwards. */
export const withPlan = async <T>(
  context: CommandContext,
  name: string,
  body: (open: OpenPlan) => Promise<T>,
): Promise<T> => {
  const plan = planOf(await context.config(), name);
  const { db } = await context.mongo();
  const checkpoints = new ControlCheckpointStore({ control: await context.controlStore() });
  const quarantine = await context.quarantine();
  const concurrency = new AdaptiveConcurrency(plan.batchesAtOnce);
  const sink = await openSinkOf(plan, name, { onBusy: () => concurrency.busy() });
  const { collection } = plan.entity;
  const fields = fieldsOf(plan);
  const sourceOf: OpenPlan['sourceOf'] = (filter, { whole } = { whole: false }) =>
    new MongoSource({
      db,
      collection,
      fields: whole ? undefined : fields,
      filter: filter && EJSON.parse(filter),
    });
  try {
    return await body({
      name,
      into: parsePlanName(name).into,
      plan,
      reading: { slice: plan.slice, transform: plan.transform, fields },
      source: sourceOf(undefined),
      sourceOf,
      floors: new MongoFloors({ db, entity: plan.entity, slice: plan.slice }),
      store: sink.store,
      sink,
      quarantine,
      checkpoints,
      retry: retryTransient(PATIENCE),
      concurrency,
    });
  } finally {
    await sink.close();
  }
};
