import { describe, expect, it } from '@jest/globals';
import { createTrafficServer, type TrafficOptions } from '../../../../proxy/forwarding/traffic-server.ts';

describe('the server that clients talk to', () => {
  it('lets an upload take its time, and a head a minute', () => {
    // Node takes the shorter of both for heads unless told otherwise: none, where uploads have none.
    const { server } = createTrafficServer({} as TrafficOptions);
    expect(server.requestTimeout).toBe(0);
    expect(server.headersTimeout).toBe(60_000);
  });
});
