import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import { progressOf } from '../backfill/progress.ts';
import { MongoSource } from '../backfill/sources/mongo-source.ts';
import { MongoChangedKeys } from '../verify/mongo-changed-keys.ts';
import { verify } from '../verify/verifier.ts';
import type { VerifyMode, VerifyOptions, VerifyParts } from '../verify/verify-parts.ts';
import type { VerifyResult } from '../verify/verify-result.ts';
import type { CommandContext } from './context.ts';
import type { OpenPlan } from './open-plan.ts';
import { createProgressView } from './progress-view.ts';
import { quarantinedBy } from './quarantine-names.ts';

export interface CompareFlags {
  readonly mode: VerifyMode;
  readonly settleMs: number;
  readonly ignoreVersions?: boolean | undefined;
}

/** Compares an opened plan's source and sink, showing how far it is. */
export const compare = async (
  context: CommandContext,
  open: OpenPlan,
  flags: CompareFlags,
): Promise<VerifyResult> => {
  const parts = await verifyPartsOf(context, open);
  const { options, end } = verifyOptionsOf(context, open, flags);
  try {
    return await verify(parts, { ...options, mode: flags.mode });
  } finally {
    end();
  }
};

/** What every comparison of a plan is done by, and how to let go of the terminal that shows it. */
export const verifyOptionsOf = (
  { clock, output, interrupted }: CommandContext,
  { name, plan }: OpenPlan,
  flags: Omit<CompareFlags, 'mode'>,
): { options: Omit<VerifyOptions, 'mode'>; end(): void } => {
  const view = createProgressView({ output, clock });
  let current = { activity: '', startedAtMs: 0 };
  const onProgress: VerifyOptions['onProgress'] = (activity, done, estimated, counts) => {
    const nowMs = clock.nowMs();
    if (current.activity !== activity) current = { activity, startedAtMs: nowMs };
    view.show(progressOf({ ...current, plan: name, done, estimated, counts, doneBefore: 0, nowMs }));
  };
  const options: Omit<VerifyOptions, 'mode'> = {
    plan: name,
    versionsFrom: flags.ignoreVersions ? 'elsewhere' : 'document',
    partitions: plan.partitions,
    concurrency: plan.concurrency,
    chunkSize: plan.batchSize,
    settleMs: flags.settleMs,
    signal: interrupted,
    onProgress,
  };
  return { options, end: () => view.end() };
};

export const verifyPartsOf = async (context: CommandContext, open: OpenPlan): Promise<VerifyParts> => {
  const { clock } = context;
  const { db } = await context.mongo();
  const { collection } = open.plan.entity;
  const names = quarantinedBy(await context.config(), open.name);
  return {
    source: open.source,
    keySource: new MongoSource({ db, collection, fields: [] }),
    store: open.store,
    floors: open.floors,
    changedKeys: new MongoChangedKeys({ db, collection, clock }),
    reading: open.reading,
    clock,
    retry: open.retry,
    quarantined: () => entriesOf(open, names),
  };
};

async function* entriesOf(
  { quarantine }: OpenPlan,
  names: readonly string[],
): AsyncIterable<QuarantineEntry> {
  for (const name of names) yield* quarantine.list(name);
}
