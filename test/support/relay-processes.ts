import { once } from 'node:events';
import type { Db } from 'mongodb';
import { leasesOf } from '../../services/outbox/mongo-lease.ts';
import type { freshAws } from './engines.ts';
import { eventually } from './eventually.ts';
import { type BanyanConfigParts, type BanyanProcess, startBanyan, writeConfig } from './relay-process.ts';

const WITHIN_MS = 30_000;

/** Who leads, as the lease says. */
export interface Leader {
  readonly relay: BanyanProcess;
  readonly epoch: number;
}

export interface RelayProcesses {
  /** Starts one more `banyan relay`, or another command of `banyan` with the same configuration. */
  start(...command: readonly string[]): BanyanProcess;
  /** The relay that leads, once it is one of ours, alive, and of a later epoch than `after`. */
  leader(after?: number): Promise<Leader>;
  /** Resolves once a relay says that it stands by. */
  standby(relay: BanyanProcess): Promise<void>;
  kill(relay: BanyanProcess): Promise<void>;
  /** The last words of those that run, for an error. */
  said(): string;
  /** Kills whatever still runs. */
  close(): Promise<void>;
}

/** Any number of `banyan relay` processes of one outbox. */
export const relayProcesses = async (
  options: { db: Db; aws: ReturnType<typeof freshAws> } & BanyanConfigParts,
): Promise<RelayProcesses> => {
  const { db, aws } = options;
  const config = await writeConfig(options);
  const alive = new Set<BanyanProcess>();
  const start = (...command: readonly string[]) => {
    const args = command.length > 0 ? command : ['relay', '--metrics-port', '0'];
    const relay = startBanyan([...args, '--config', config.file], aws);
    alive.add(relay);
    return relay;
  };
  const kill = async (relay: BanyanProcess) => {
    alive.delete(relay);
    if (relay.process.exitCode !== null || relay.process.signalCode !== null) return;
    relay.process.kill('SIGKILL');
    await once(relay.process, 'exit');
  };
  const leader = (after = 0) =>
    eventually(async () => {
      const row = await leasesOf(db).findOne({ _id: 'outbox' });
      const relay = [...alive].find(({ process: { pid } }) => row?.holder?.includes(`:${pid}:`));
      if (row && relay && row.epoch > after) return { relay, epoch: row.epoch };
      throw new Error(`nobody leads: ${allSaid()}`);
    }, WITHIN_MS);
  const standby = (relay: BanyanProcess) =>
    eventually(() => {
      if (!relay.output.stdout.includes('standing by')) throw new Error(`no standby: ${said(relay.output)}`);
    }, WITHIN_MS);
  const allSaid = () => [...alive].map(({ output }) => said(output)).join('\n---\n');
  const close = async () => {
    await Promise.all([...alive].map(kill));
    await config.remove();
  };
  return { start, leader, standby, kill, said: allSaid, close };
};

const said = ({ stdout, stderr }: BanyanProcess['output']): string => `${stdout}${stderr}`.slice(-2_000);
