import type { Db } from 'mongodb';
import type { EntityDefinition } from '../../services/core/index.ts';
import { UsageError } from '../../services/core/index.ts';
import { MongoChangeFeed } from '../../services/outbox/changes/mongo-change-feed.ts';
import { MongoPositionStore } from '../../services/outbox/changes/mongo-position-store.ts';
import { Outbox } from '../../services/outbox/index.ts';
import { touchKey } from '../../services/outbox/touch-key.ts';
import {
  type HealResult,
  healOpen,
  MongoUnexplainedStore,
  MongoWriteSites,
  UnexplainedWatch,
  type WatchEvent,
  watchView,
} from '../../services/outbox/unexplained/index.ts';
import type { CommandContext } from './context.ts';
import { publishedEntities } from './published-entities.ts';

const NAME = 'unexplained';
const SAVE_EVERY_MS = 5_000;
const MAX_HELD = 500;
const HEAL_LIMIT = 500;

/** What the `unexplained` commands work with, connected. */
export interface OpenUnexplained {
  readonly db: Db;
  /** The watch's name: that of its position. */
  readonly name: string;
  readonly entities: readonly EntityDefinition[];
  readonly positions: MongoPositionStore;
  readonly store: MongoUnexplainedStore;
  watch(observe: (event: WatchEvent) => void): UnexplainedWatch;
  /** Heals some of what is open. */
  heal(): Promise<HealResult>;
}

/** Opens the watch of all entities, or of the named ones; each choice of collections has its own position. */
export const openUnexplained = async (
  context: CommandContext,
  names: readonly string[],
): Promise<OpenUnexplained> => {
  const { clock } = context;
  const config = await context.config();
  const entities = publishedEntities(config, names);
  const { client, db } = await context.mongo();
  const outbox = new Outbox({ client, db, clock, source: '/banyan/unexplained' });
  await outbox.open();
  const positions = new MongoPositionStore({ db });
  const store = new MongoUnexplainedStore({ db });
  const sites = new MongoWriteSites({ db, clock });
  await Promise.all([store.prepare(), sites.prepare()]);
  const collections = entities.map(({ collection }) => collection).sort();
  const name = names.length === 0 ? NAME : `${NAME}:${collections.join(',')}`;
  return {
    db,
    name,
    entities,
    positions,
    store,
    watch: (observe) =>
      new UnexplainedWatch({
        name,
        entities,
        feed: new MongoChangeFeed({ db, name, view: watchView(db, collections), recovery: recovery(names) }),
        positions,
        store,
        sites,
        clock,
        saveEveryMs: SAVE_EVERY_MS,
        maxHeld: MAX_HELD,
        observe,
      }),
    heal: () =>
      healOpen({
        store,
        clock,
        limit: HEAL_LIMIT,
        touch: (collection, key) => {
          const all = publishedEntities(config, []);
          const entity = all.find((one) => one.collection === collection);
          if (!entity)
            throw new UsageError(`the configuration does not name the collection ${collection} any more`);
          return touchKey({ outbox, entity, key, clock, source: '/banyan/unexplained' });
        },
      }),
  };
};

const recovery = (names: readonly string[]): string =>
  'What was written meanwhile cannot be looked at any more: compare every plan with `banyan verify PLAN`, and ' +
  `begin anew with \`banyan unexplained watch ${[...names, '--from-now'].join(' ')}\`.`;
