import { join } from 'node:path';
import { ObjectId } from 'mongodb';
import type { EventSourceMapping } from '../../../infra/local/event-source-mapping/index.ts';
import { startService } from '../../../infra/local/service-process.ts';
import { EXIT_CODES } from '../../../migrations/cli/exit-codes.ts';
import type { OpenSink, PlanInput } from '../../../migrations/moves/plan.ts';
import { usersToProfiles } from '../../../migrations/plans/users-to-profiles.ts';
import { usersToSearch } from '../../../migrations/plans/users-to-search.ts';
import { ENTITY_SLICE, entityKeyOf, systemClock, versionOf } from '../../../services/core/index.ts';
import { Outbox, outboxOf } from '../../../services/outbox/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { cloudSearchClient } from '../../support/cloudsearch.ts';
import { eventually } from '../../support/eventually.ts';
import { makeExample } from '../../support/example-world.ts';
import { type Ended, resultOf, startBanyan } from '../../support/run-banyan.ts';
import { startStreamConsumer } from '../../support/stream-consumer.ts';
import { insertUsers } from './seed-users.ts';

const PROJECT = join(import.meta.dirname, '../../..');
/** How long a consumer may take to apply what the stream has: after a copy, all that was written meanwhile. */
const CAUGHT_UP_WITHIN_MS = 1_800_000;
const ANSWERS: readonly (number | null)[] = [EXIT_CODES.ok, EXIT_CODES.different];

const KEYS_AT_ONCE = 500;

export type BookPlan = 'users-to-profiles' | 'users-to-search';

export interface BookWorldOptions {
  readonly users: number;
  /** Required. The AWS whose Kinesis has the streams. */
  readonly kinesisEndpoint: string;
  /** Required. Where the search domain, logs and quarantine go. */
  readonly folder: string;
}

/** A plan's consumer, and where it writes. */
interface Consumer {
  readonly mapping: EventSourceMapping;
  readonly store: OpenSink['store'];
  readonly slice: string;
}

/** The example with its users, its relay at work, and a search domain in a process of its own. */
export const openBookWorld = async ({ users, kinesisEndpoint, folder }: BookWorldOptions) => {
  await using opened = new AsyncDisposableStack();
  const domain = await startService({
    name: 'cloudsearch',
    args: ['infra/local/cloudsearch/main.ts', '--file', join(folder, 'cloudsearch.sqlite')],
    env: { PATH: process.env.PATH },
    ready: /listening on (\S+)/,
    logFile: join(folder, 'cloudsearch.log'),
  });
  opened.defer(() => domain.stop());
  const endpoint = domain.address;
  const search = { endpoint, client: cloudSearchClient(endpoint), stop: async () => {} };
  const example = await makeExample({ search, kinesisEndpoint });
  opened.defer(() => example.close());
  const { env, db, client, kinesis } = example;
  // The sinks of the plans find their way as in any process of their own.
  Object.assign(process.env, env);
  const outbox = new Outbox({ client, db, clock: systemClock, source: '/book' });
  await outbox.open();
  await insertUsers(db, users);
  const relay = await startService({
    name: 'relay',
    args: ['migrations/cli/main.ts', 'relay', '--metrics-port', '0'],
    env: { PATH: process.env.PATH, ...env },
    ready: /relay started/,
    logFile: join(folder, 'relay.log'),
  });
  opened.defer(() => relay.stop());
  const consumers = new Map<BookPlan, Consumer>();
  opened.defer(async () => {
    await Promise.all([...consumers.values()].map(({ mapping }) => mapping.stop()));
  });
  const plans: { readonly [plan in BookPlan]: PlanInput } = {
    'users-to-profiles': usersToProfiles({ table: env.BANYAN_PROFILES_TABLE }),
    'users-to-search': usersToSearch({
      documentEndpoint: endpoint,
      searchEndpoint: endpoint,
      guardTable: env.BANYAN_GUARD_TABLE,
    }),
  };

  /**
   * Runs a command as a person would, and answers its result, differences of both sides included.
   *
   * @throws what it said when it ended otherwise.
   */
  const banyan = async (...args: string[]): Promise<{ [field: string]: unknown }> => {
    const config = join(PROJECT, 'banyan.config.ts');
    const ended: Ended = await startBanyan({ config, args, env }).ended;
    const result = resultOf(ended);
    if (ANSWERS.includes(ended.code) && result) return result;
    throw new Error(
      `banyan ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}${JSON.stringify(result)}`,
    );
  };

  /** `banyan backfill consume`, and the consumer that a deployment would start thereby. */
  const consume = async (name: BookPlan): Promise<void> => {
    const { startsAtSeconds } = await banyan('backfill', 'consume', name);
    const { openSink, slice = ENTITY_SLICE, transform } = plans[name];
    const sink = await openSink({ onBusy: () => {} });
    opening.defer(() => sink.close());
    const mapping = await startStreamConsumer({
      ...{ kinesis, stream: env.USERS_STREAM, name, slice, transform, store: sink.store },
      quarantine: join(folder, 'quarantine'),
      startsAtSeconds: Number(startsAtSeconds),
    });
    consumers.set(name, { mapping, store: sink.store, slice });
  };

  /** Until the plan's consumer is as far as the stream, up to a second. */
  const caughtUp = (name: BookPlan): Promise<void> =>
    eventually(() => {
      const ageMs = consumers.get(name)?.mapping.status().iteratorAgeMs ?? Number.POSITIVE_INFINITY;
      if (ageMs > 1_000) throw new Error(`the consumer of ${name} is ${Math.round(ageMs / 1_000)} s behind`);
    }, CAUGHT_UP_WITHIN_MS);

  /** Until everything that was committed is published, and applied in both sinks. */
  const drained = async (): Promise<void> => {
    await eventually(async () => {
      const left = await outboxOf(db).countDocuments({ acknowledgedAt: null }, { limit: 1 });
      if (left > 0) throw new Error('the relay has not published everything');
    }, CAUGHT_UP_WITHIN_MS);
    for (const name of consumers.keys()) await caughtUp(name);
  };
  /** Of these keys, in a sink, those whose version is not the source's; nobody writes any more. */
  const behind = async (keys: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const some = keys.slice(from, from + KEYS_AT_ONCE);
      const users = await db
        .collection(userEntity.collection)
        .find({ _id: { $in: some.map((key) => new ObjectId(key)) } })
        .toArray();
      const byKey = new Map(users.map((user) => [entityKeyOf(user._id), user]));
      for (const [name, { store, slice }] of consumers) {
        const stored = await store.get(some);
        for (const [n, key] of some.entries()) {
          const user = byKey.get(key);
          const wanted = user && versionOf(user, slice);
          const live = stored[n]?.state ? stored[n].version : undefined;
          if (live !== wanted) found.push(`${name} ${key}`);
        }
      }
    }
    return found;
  };
  const opening = opened.move();
  return { outbox, banyan, consume, caughtUp, drained, behind, close: () => opening.disposeAsync() };
};

export type BookWorld = Awaited<ReturnType<typeof openBookWorld>>;
