import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { albConfigSchema } from '../../proxy/ramp/dials/alb/alb-config.ts';
import { proxyConfigSchema } from '../../proxy/routing/proxy-config.ts';
import { messageOf, UsageError } from '../../services/core/index.ts';
import { entitySchema, planSchema } from '../moves/plan.ts';
import { adminConfigSchema } from './admin-config.ts';

const claimBucketSchema = z.strictObject({
  claimBucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is the name of an S3 bucket'),
});

const backfillMachineSchema = z.union(
  [
    z.strictObject({ arn: z.string().regex(/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+$/) }),
    z.strictObject({ stack: z.string().min(1), output: z.string().min(1).default('BackfillMachineArn') }),
  ],
  { error: "is { stack: 'the name of its CloudFormation stack' }, or { arn: 'of the state machine' }" },
);

export type BackfillMachineConfig = z.infer<typeof backfillMachineSchema>;

const configSchema = z.strictObject({
  /**
   * The monolith's database; a replica set, since transactions and change streams need one. Only those who publish or
   * copy need one.
   */
  source: z
    .strictObject({
      uri: z.string().regex(/^mongodb(\+srv)?:\/\//, 'starts with mongodb:// or mongodb+srv://'),
      database: z.string().min(1),
    })
    .optional(),
  /** The DynamoDB table with weights, runs and their history; only those who copy or dial need one. */
  controlTable: z.string().min(1).optional(),
  /** Logical stream name → Kinesis stream name. */
  streams: z.record(z.string(), z.string().min(1)).default({}),
  /**
   * Where what can never be applied is kept: an S3 bucket, or a folder; with a `queue`, SQS is told of each entry. Only
   * those who publish or copy need one.
   */
  quarantine: z
    .union(
      [
        z.strictObject({ bucket: z.string().min(1), queue: z.url({ protocol: /^https?$/ }).optional() }),
        z.strictObject({ folder: z.string().min(1) }),
      ],
      { error: "is { bucket: 'the name of an S3 bucket', queue?: 'an SQS URL' }, or { folder: 'a path' }" },
    )
    .optional(),
  /** How the relay and the captures publish. */
  relay: z
    .strictObject({
      /**
       * What becomes of an event that is too large for Kinesis (1 MiB with its key): `quarantine` keeps it there,
       * whole; with a `claimBucket` its data are kept in that S3 bucket, and the stream carries a reference, for
       * consumers that resolve it (`resolveClaims`).
       */
      oversize: z
        .union([z.literal('quarantine'), claimBucketSchema], {
          error: "is 'quarantine', or { claimBucket: 'the name of an S3 bucket' }",
        })
        .default('quarantine'),
    })
    .prefault({}),
  /** Entities that are published though no plan is about them (yet): they are watched with those of the plans. */
  entities: z.array(entitySchema).default([]),
  /** The state machine that copies where a backfill is told to run `--on step-functions` (`BackfillMachine`). */
  backfillMachine: backfillMachineSchema.optional(),
  plans: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'kebab-case'), planSchema).default({}),
  /** Only those who dial need one. */
  proxy: proxyConfigSchema.optional(),
  /** Only those who dial a load balancer's rules, with or without a proxy of ours, need one. */
  alb: albConfigSchema.optional(),
  /** Only those who run `banyan admin` need one. */
  admin: adminConfigSchema.prefault({}),
});

/** The configuration that needs no mention. */
export const DEFAULT_CONFIG = 'banyan.config.ts';

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
export type Environment = { readonly [name: string]: string | undefined };

/** What `banyan.config.ts` exports by default: a function of the environment, so that it is read in one place. */
export const defineConfig = (
  config: (env: Environment) => ConfigInput,
): ((env: Environment) => ConfigInput) => config;

/**
 * A part of the configuration that may be left out, and that a command cannot do without.
 * @throws UsageError that names it.
 */
export const partOf = <
  P extends 'alb' | 'backfillMachine' | 'controlTable' | 'proxy' | 'quarantine' | 'source',
>(
  config: Config,
  part: P,
): NonNullable<Config[P]> => {
  const given = config[part];
  if (given) return given;
  throw new UsageError(
    `the configuration has no \`${part}\`, which this command needs (README, "Your own monolith")`,
  );
};

/** The configuration where `--config` names none: the second, where Node would read the first as CommonJS. */
export const defaultConfigFile = (): string =>
  !existsSync(DEFAULT_CONFIG) && existsSync('banyan.config.mts') ? 'banyan.config.mts' : DEFAULT_CONFIG;

/**
 * Loads and checks a configuration file.
 * @throws UsageError that lists every problem with its path.
 */
export const loadConfig = async (file: string, env: Environment): Promise<Config> => {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new UsageError(
      `there is no ${file}: write one (README, "Your own monolith") or name it with --config`,
    );
  }
  return parseConfig(await evaluate(path, file, env), file);
};

/**
 * Checks what a configuration's function answered; `file` names it.
 * @throws UsageError that lists every problem with its path.
 */
export const parseConfig = (input: unknown, file: string): Config => {
  const parsed = configSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${pathOf(issue.path)}: ${problemOf(issue)}`);
  throw new UsageError(`${file} has ${problems.length} problem(s):\n${problems.join('\n')}`);
};

const evaluate = async (path: string, file: string, env: Environment): Promise<unknown> => {
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
    if (typeof loaded.default === 'function') return loaded.default(env);
  } catch (cause) {
    throw new UsageError(`${file} cannot be loaded: ${unloadable(cause)}`, { cause });
  }
  throw new UsageError(`${file} must export defineConfig(…) by default`);
};

/** What keeps Node from reading a module, as a person can act on it: where it stands, or that it is no module to Node. */
const unloadable = (cause: unknown): string => {
  if (!(cause instanceof SyntaxError)) return messageOf(cause);
  if (/Unexpected token 'export'|Cannot use import statement/.test(cause.message))
    return 'Node reads it as CommonJS: call it banyan.config.mts, or say `npm pkg set type=module` where nothing else minds';
  const [, place] = /^(?:file:\/\/)?(\/.+:\d+)\n/.exec(cause.stack ?? '') ?? [];
  return place === undefined ? cause.message : `${place}: ${cause.message}`;
};

/** Of a name that is none, zod keeps why to itself. */
const problemOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_key')
    return `is no name: ${issue.issues.map(({ message }) => message).join(', ')}`;
  return issue.message.replace(/^Invalid input: (expected .+), received undefined$/, 'is missing: $1');
};

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.') || '(root)';
