import type { Member } from './engine.ts';
import { freePort } from './free-port.ts';
import { formReplicaSet, mongodAnswers } from './replica-set.ts';

/** Resolves once the mongod at `direct` does what is expected of it. */
export type Ready = (direct: string, signal: AbortSignal) => Promise<void>;

export interface StartMembersOptions {
  /** Required. At least 1. */
  readonly count: number;
  /** Starts a mongod on a port, waits until it is ready, and answers how to end it; nothing is left when it fails. */
  start(port: number, ready: Ready): Promise<() => Promise<void>>;
}

/** Starts mongods and makes them one replica set, with a primary; when one does not start, none is left. */
export const startMembers = async ({ count, start }: StartMembersOptions) => {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  const hosts = ports.map((port) => `127.0.0.1:${port}`);
  const answers: Ready = (direct, signal) => mongodAnswers({ direct, signal });
  const forms: Ready = (direct, signal) => formReplicaSet({ direct, hosts, signal });
  const members: Member[] = [];
  const stop = async () => {
    await Promise.all(members.map((member) => member.kill()));
  };
  try {
    // The last to start finds the others, and makes the set of them.
    for (const [at, port] of [...ports.entries()].reverse()) {
      const kill = await start(port, at === 0 ? forms : answers);
      members.unshift({ host: hosts[at] ?? '', kill });
    }
    return { hosts, members, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
