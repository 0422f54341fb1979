import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aborted, serveParent } from '../child.ts';

/** What a proxy of the bench is told. */
export interface PeerInput {
  /** Ports of the two sides. */
  readonly control: number;
  readonly candidate: number;
}

/** A proxy that listens. */
export interface ListeningPeer {
  readonly pid: number;
  readonly port: number;
}

/** One request in ten goes to the candidate: a peer needs no more than to count. */
export const tenPercent = ({ control, candidate }: PeerInput): (() => string) => {
  let count = 0;
  const sides = [control, candidate].map((port) => `http://127.0.0.1:${port}`);
  return () => sides[count++ % 10 === 0 ? 1 : 0] as string;
};

/** The whole of a peer's entry point. */
export const servePeer = (start: (input: PeerInput) => Promise<Server> | Server): Promise<void> =>
  serveParent<PeerInput, ListeningPeer, null>(async (input, parent) => {
    const server = await start(input);
    if (!server.listening) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    await parent.ready({ pid: process.pid, port: (server.address() as AddressInfo).port });
    await aborted(parent.stop);
    return null;
  });
