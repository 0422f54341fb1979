import { Option } from 'commander';
import { DIAL_KINDS, type DialKind } from '../../proxy/index.ts';

export interface DialFlag {
  readonly dial: DialKind;
}

/** `--dial`, of every command that is about a dial. */
export const dialOption = (): Option =>
  new Option('--dial <dial>', "what shares the traffic: Banyan's proxy, or a load balancer's rules")
    .choices(DIAL_KINDS)
    .default('proxy');
