import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../../migrations/cli/config.ts';
import { publishingSettings } from '../../../../migrations/cli/oversize.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const load = async (more: object) => {
  files += 1;
  const file = join(folder, `${files}.config.mjs`);
  const config = {
    source: { uri: 'mongodb://host/', database: 'shop' },
    streams: { orders: 'orders-stream' },
    quarantine: { folder: 'quarantine' },
    ...more,
  };
  await writeFile(file, `export default () => (${JSON.stringify(config)});`);
  return loadConfig(file, {});
};

describe('what the configuration says of large events', () => {
  it('quarantines them unless it says otherwise', async () => {
    const config = await load({});
    expect(config.relay).toEqual({ oversize: 'quarantine' });
    expect(publishingSettings(config).maxRecordBytes).toBe(1024 * 1024);
  });

  it('lets everything that an outbox holds pass where claims have a bucket', async () => {
    const config = await load({ relay: { oversize: { claimBucket: 'shop-claims' } } });
    expect(config.relay).toEqual({ oversize: { claimBucket: 'shop-claims' } });
    expect(publishingSettings(config).maxRecordBytes).toBe(16 * 1024 * 1024);
  });

  it.each([
    [{ oversize: 'drop' }, "relay.oversize: is 'quarantine', or { claimBucket: 'the name of an S3 bucket' }"],
    [{ oversize: { bucket: 'x' } }, 'relay.oversize'],
    [{ oversize: { claimBucket: 's3://claims' } }, 'relay.oversize.claimBucket: is the name of an S3 bucket'],
    [{ oversise: 'quarantine' }, 'relay: Unrecognized key: "oversise"'],
  ])('says what is wrong with %j', async (relay, problem) => {
    await expect(load({ relay })).rejects.toThrow(problem);
  });

  it('says what a quarantine is', async () => {
    await expect(load({ quarantine: 's3://q' })).rejects.toThrow(
      "quarantine: is { bucket: 'the name of an S3 bucket', queue?: 'an SQS URL' }, or { folder: 'a path' }",
    );
  });
});
