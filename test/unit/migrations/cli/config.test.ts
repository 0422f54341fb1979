import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig, partOf } from '../../../../migrations/cli/config.ts';
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

describe('a configuration', () => {
  const loadText = async (text: string, name = 'banyan.config.mjs') => {
    files += 1;
    const own = join(folder, String(files));
    await mkdir(own);
    await writeFile(join(own, 'package.json'), '{ "type": "commonjs" }');
    await writeFile(join(own, name), text);
    return loadConfig(join(own, name), {});
  };

  it('of somebody who only dials has nothing but a table and a proxy', async () => {
    const route = '{ path: "/a", candidate: { url: "http://candidate" } }';
    const config = await loadText(
      `export default () => ({ controlTable: 'mine', proxy: { control: { url: 'http://control' }, routes: { a: ${route} } } });`,
    );
    expect(config).toMatchObject({ controlTable: 'mine', streams: {}, plans: {} });
    expect(() => partOf(config, 'source')).toThrow(
      'the configuration has no `source`, which this command needs',
    );
  });

  it('is told apart from CommonJS in words, where the package around it is CommonJS', async () => {
    await expect(loadText('export default () => ({});', 'banyan.config.js')).rejects.toThrow(
      'Node reads it as CommonJS: say `npm pkg set type=module`, or let its name end in .mts',
    );
  });
});
