import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { outboxOf } from '../../../services/outbox/index.ts';
import { openDoor } from '../../support/closable-door.ts';
import { freshAws, mongoUri } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { type BanyanProcess, startBanyan, writeConfig } from '../../support/relay-process.ts';
import { openOutbox, thingEntity } from '../outbox/open-outbox.ts';

const aws = freshAws();
const kinesis = kinesisClient(aws);
const started: BanyanProcess[] = [];
let open: Awaited<ReturnType<typeof openOutbox>>;
let config: Awaited<ReturnType<typeof writeConfig>>;
let things: string;

beforeAll(async () => {
  open = await openOutbox();
  things = await createStream(kinesis);
  config = await writeConfig({ uri: mongoUri(), database: open.db.databaseName, streams: { things } });
}, 30_000);
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.process.kill('SIGKILL');
    await one.exit;
  }
});
afterAll(async () => {
  await config.remove();
  await open.drop();
  kinesis.destroy();
});

const banyan = (...args: string[]): BanyanProcess => {
  const one = startBanyan([...args, '--config', config.file], aws);
  started.push(one);
  return one;
};

/** The address that the relay says it serves health and metrics at. */
const adminOf = (relay: BanyanProcess): Promise<string> =>
  eventually(() => {
    const [, address] = /"address":"(http:[^"]+)"/.exec(relay.output.stdout) ?? [];
    if (!address) throw new Error(`the relay has not started: ${relay.output.stderr}`);
    return address;
  });

describe('banyan relay', () => {
  it('publishes, tells how it goes, and ends in good order when it is told to', async () => {
    const relay = banyan('relay', '--metrics-port', '0');
    const admin = await adminOf(relay);
    await open.outbox.transaction((tx) => tx.create(thingEntity, { _id: 'a' }, 'thing.created'));
    await eventually(async () => expect(await readStream(kinesis, things)).toHaveLength(1));
    await eventually(async () =>
      expect(await outboxOf(open.db).countDocuments({ acknowledgedAt: null })).toBe(0),
    );

    const health = await fetch(`${admin}/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { state: 'leading', epoch: expect.any(Number) },
    ]);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain('banyan_relay_published_rows_total 1');
    expect(metrics).toContain('banyan_relay_leading 1');
    expect(metrics).toContain('banyan_relay_lag_rows 0');
    const status = await (await fetch(`${admin}/status`)).json();
    expect(status).toMatchObject({ counts: { publishedRows: 1 }, lag: { rows: 0 } });
    expect((await fetch(`${admin}/nothing`)).status).toBe(404);

    const command = banyan('relay', 'status', '--json');
    expect(await command.exit).toBe(0);
    expect(JSON.parse(command.output.stdout)).toMatchObject({
      leader: expect.stringContaining(`:${relay.process.pid}:`),
      lagRows: 0,
      oldestUnacknowledgedAtMs: null,
    });

    relay.process.kill('SIGTERM');
    expect(await relay.exit).toBe(0);
    const after = banyan('relay', 'status');
    expect(await after.exit).toBe(0);
    expect(after.output.stdout).toMatch(/^leader +nobody: start one with `banyan relay`$/m);
  }, 60_000);

  it('says of a stream that is away since when, and by what, and is well all the same', async () => {
    const door = await openDoor(aws.endpoint);
    const relay = startBanyan(['relay', '--metrics-port', '0', '--config', config.file], {
      ...aws,
      endpoint: door.endpoint,
    });
    started.push(relay);
    const admin = await adminOf(relay);
    const health = async () => {
      const answer = await fetch(`${admin}/health`);
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    await eventually(async () => expect(await health()).toMatchObject({ status: 200, state: 'leading' }));
    await door.shut();
    await open.outbox.transaction((tx) => tx.create(thingEntity, { _id: 'b' }, 'thing.created'));
    const trouble = { sinceMs: expect.any(Number), message: expect.stringContaining('ECONNREFUSED') };
    await eventually(async () =>
      expect(await health()).toMatchObject({ status: 200, state: 'leading', trouble }),
    );
    await eventually(async () => {
      const command = banyan('relay', 'status');
      expect(await command.exit).toBe(0);
      expect(command.output.stdout).toMatch(/^lag +1 rows, /m);
      expect(command.output.stdout).toMatch(/^trouble +since 20.*: Kinesis did not take .*ECONNREFUSED/m);
    });
    await door.reopen();
    await eventually(async () => expect(await health()).not.toHaveProperty('trouble'));
    await door.shut();
  }, 60_000);

  it('says which configured stream does not exist', async () => {
    const other = await writeConfig({
      uri: mongoUri(),
      database: open.db.databaseName,
      streams: { things: 'nowhere' },
    });
    const relay = startBanyan(['relay', '--config', other.file, '--metrics-port', '0'], aws);
    expect(await relay.exit).toBe(2);
    expect(relay.output.stderr).toContain(
      'streams.things names the Kinesis stream nowhere, which does not exist',
    );
    await other.remove();
  }, 30_000);

  it('says which entity has no stream, before its rows pile up', async () => {
    const other = await writeConfig({
      uri: mongoUri(),
      database: open.db.databaseName,
      streams: {},
      entities: [thingEntity],
    });
    const relay = startBanyan(['relay', '--config', other.file, '--metrics-port', '0'], aws);
    expect(await relay.exit).toBe(2);
    expect(relay.output.stderr).toContain(
      'thing goes to things, which `streams` of the configuration does not',
    );
    await other.remove();
  }, 30_000);

  it('says that its port is taken, and which option names another', async () => {
    const port = new URL(await adminOf(banyan('relay', '--metrics-port', '0'))).port;
    const second = banyan('relay', '--metrics-port', port);
    expect(await second.exit).toBe(2);
    expect(second.output.stderr).toMatch(/127\.0\.0\.1:\d+ is taken: give --metrics-port/);
  }, 30_000);

  it('refuses a port that is none', async () => {
    const relay = banyan('relay', '--metrics-port', 'x');
    expect(await relay.exit).toBe(2);
    expect(relay.output.stderr).toContain('A port is a number from 0 to 65535');
  }, 30_000);
});
