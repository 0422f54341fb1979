import { describe, expect, it } from '@jest/globals';
import type { ConfigInput, Environment } from '../../../../../migrations/cli/config.ts';
import { partitionHandler } from '../../../../../migrations/cli/lambda/partition-handler.ts';
import { RejectError, systemClock, UnavailableError } from '../../../../../services/core/index.ts';

const TASK = { plan: 'things', run: 'one', partition: 0, settings: {} };
const INVOCATION = {
  functionName: 'worker',
  awsRequestId: '0123456789',
  getRemainingTimeInMillis: () => 60_000,
};
/** Nobody is there. */
const ADDRESS = 'mongodb://user:hunter2@127.0.0.1:1/';

const invoke = (
  more: Partial<ConfigInput>,
  options: { event?: unknown; environment?: () => Promise<Environment> } = {},
): Promise<unknown> => {
  const handler = partitionHandler({
    config: ({ MONGODB_URI: uri = '' }) => ({
      source: { uri, database: 'shop' },
      controlTable: 'control',
      streams: {},
      quarantine: { bucket: 'rejected' },
      ...more,
    }),
    environment: options.environment ?? (async () => ({ MONGODB_URI: ADDRESS })),
    clock: systemClock,
    logger: { info() {}, warn() {} },
  });
  return handler(options.event ?? TASK, INVOCATION).then(
    () => undefined,
    (thrown) => thrown,
  );
};

describe('a worker that cannot begin', () => {
  it('says which plan there is none of, as a mistake', async () => {
    expect(await invoke({})).toMatchObject({
      name: 'Usage',
      message: expect.stringContaining('no plan things'),
    });
  });

  it('refuses a quarantine that is gone with the function', async () => {
    expect(await invoke({ quarantine: { folder: 'kept' } })).toMatchObject({
      name: 'Usage',
      message: expect.stringContaining('must name a bucket'),
    });
  });

  it('lists what is wrong with the configuration, as the workers read it', async () => {
    expect(await invoke({ source: { uri: 'localhost', database: 'shop' } })).toMatchObject({
      name: 'Usage',
      message: expect.stringMatching(/as the workers read it, has 1 problem.*\n.*source\.uri/),
    });
  });

  it('says that an engine is away, by a name that Step Functions repeats, and no password', async () => {
    const plan = {
      entity: { name: 'thing', collection: 'things', stream: 'things', slices: {} },
      transform: () => null,
      protocol: 'concurrent' as const,
      openSink: () => {
        throw new RejectError('is not reached');
      },
    };
    const thrown = (await invoke({ plans: { things: plan } })) as Error;
    expect(thrown).toMatchObject({ name: 'Unavailable', message: expect.stringContaining('127.0.0.1:1') });
    expect(`${thrown.message}${thrown.stack}`).not.toContain('hunter2');
  });

  it('says so when the secret is not read', async () => {
    const environment = async () => {
      throw new UnavailableError('Secrets Manager', 'us-east-1');
    };
    expect(await invoke({}, { environment })).toMatchObject({ name: 'Unavailable' });
  });

  it('takes no task that is none', async () => {
    expect(await invoke({}, { event: { plan: 'things' } })).toMatchObject({ name: 'Fault' });
  });
});
