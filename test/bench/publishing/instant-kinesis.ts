import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aborted, serveParent } from '../child.ts';
import { type ArrivalTimes, eventName, preciseNowMs } from './arrivals.ts';

/** What has arrived. */
export interface Arrivals {
  readonly requests: number;
  readonly records: number;
  /** Empty unless `notesArrivals`. */
  readonly atMs: ArrivalTimes;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const RECORD = '"PartitionKey"';

/** Counts without parsing, so that the endpoint takes no time that belongs to its client. */
const countRecords = (body: Buffer): number => {
  let count = 0;
  for (let at = body.indexOf(RECORD); at >= 0; at = body.indexOf(RECORD, at + RECORD.length)) count += 1;
  return count;
};

type NamedEvent = Parameters<typeof eventName>[0];

const eventNames = (body: Buffer): string[] => {
  const { Records } = JSON.parse(body.toString()) as { Records: { Data: string }[] };
  return Records.flatMap(({ Data }) => {
    const record: NamedEvent | NamedEvent[] = JSON.parse(Buffer.from(Data, 'base64').toString());
    return [record].flat().map(eventName);
  });
};

/** An endpoint that speaks PutRecords, takes everything, keeps nothing, and answers at once. */
await serveParent<{ notesArrivals: boolean }, string, Arrivals>(async ({ notesArrivals }, parent) => {
  const counts = { requests: 0, records: 0 };
  const atMs: { [eventName: string]: number } = {};
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const arrivedAtMs = preciseNowMs();
    const records = countRecords(body);
    const one = '{"SequenceNumber":"1","ShardId":"shardId-000000000000"}';
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(`{"FailedRecordCount":0,"Records":[${Array(records).fill(one).join(',')}]}`);
    counts.requests += 1;
    counts.records += records;
    if (notesArrivals) for (const name of eventNames(body)) atMs[name] ??= arrivedAtMs;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await parent.ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await aborted(parent.stop);
  return { ...counts, atMs };
});
