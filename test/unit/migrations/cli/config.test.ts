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

  it.each([
    [
      'proxy: { control: { url: "http://c" }, routes: { Users: {} } }',
      'proxy.routes.Users: is no name: kebab-case',
    ],
    ['proxy: { routes: {} }', 'proxy.control: is missing: expected object'],
    ['proxy: { control: { url: "c:3000" }, routes: {} }', 'proxy.control.url: is an address, as http://'],
  ])('is answered in words: %s', async (proxy, problem) => {
    await expect(loadText(`export default () => ({ ${proxy} });`)).rejects.toThrow(problem);
  });

  it('that is no TypeScript is answered with the line, as Node tells it', async () => {
    const text = `throw Object.assign(new SyntaxError("Expected ','"), { stack: 'file:///a/b.config.ts:2\\nproxy { }' });`;
    await expect(loadText(text)).rejects.toThrow("cannot be loaded: /a/b.config.ts:2: Expected ','");
  });

  it('is told apart from CommonJS in words, where the package around it is CommonJS', async () => {
    await expect(loadText('export default () => ({});', 'banyan.config.js')).rejects.toThrow(
      'Node reads it as CommonJS: call it banyan.config.mts',
    );
  });
});
