import { ENTITY_SLICE, type EntityDefinition, UsageError } from '../../services/core/index.ts';
import { captureLease, forgetCapture, openCapture } from '../../services/outbox/capture/index.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { publishedEntities } from './published-entities.ts';
import { runPublishing } from './run-publishing.ts';

export interface CaptureFlags {
  readonly fromNow: boolean;
  readonly metricsPort: number;
}

/** `capture`: publishes a collection from its change stream until it is interrupted. */
export const runCapture = async (
  context: CommandContext,
  name: string,
  flags: CaptureFlags,
): Promise<ExitCode> => {
  const config = await context.config();
  const entity = projectedEntity(config, name);
  const { collection } = entity;
  const streams = streamOf(config, entity);
  const { db } = await context.mongo();
  return runPublishing(context, {
    name: `capture ${collection}`,
    streams,
    metricsPort: flags.metricsPort,
    open: async (parts) => {
      if (flags.fromNow) await forgetCapture({ db, collection });
      return openCapture({
        ...parts,
        db,
        entity,
        source: `/banyan/capture/${collection}`,
        recovery: recovery(config, name, entity),
        lease: captureLease({ db, collection, ttlMs: parts.settings.leaseTtlMs }),
      });
    },
  });
};

/** @throws UsageError when a plan about the collection needs versions that a change stream cannot give. */
const projectedEntity = (config: Config, name: string): EntityDefinition => {
  const [entity] = publishedEntities(config, [name]);
  if (!entity) throw new UsageError(`there is no entity ${name}`);
  const plans = Object.entries(config.plans).filter(
    ([, plan]) => plan.entity.collection === entity.collection,
  );
  const authority = plans.find(([, plan]) => plan.slice !== ENTITY_SLICE);
  if (!authority) return entity;
  throw new UsageError(
    `${entity.collection} cannot be captured: the plan ${authority[0]} follows its slice ${authority[1].slice}, whose versions only its writers can give. Write it through the outbox, or take that plan out`,
  );
};

/** @throws UsageError when the configuration names no stream for the entity. */
const streamOf = ({ streams }: Config, { stream }: EntityDefinition): Config['streams'] => {
  const name = streams[stream];
  if (name !== undefined) return { [stream]: name };
  throw new UsageError(`there is no stream ${stream}: ${nearest(stream, Object.keys(streams))}`);
};

/** What was missed is in no event, and a copy has version 0, which does not replace what a sink holds. */
const recovery = (config: Config, name: string, entity: EntityDefinition): string => {
  const plans = Object.entries(config.plans)
    .filter(([, plan]) => plan.entity.collection === entity.collection)
    .map(([plan]) => `point ${plan} at an empty sink and run \`banyan backfill run ${plan} --restart\``);
  const fill = plans.length > 0 ? plans.join(', ') : `copy ${entity.collection} anew`;
  return (
    'What was written meanwhile is in no event, so its sinks are filled anew: start ' +
    `\`banyan capture ${name} --from-now\`, and while it runs, ${fill}.`
  );
};
