import { existsSync } from 'node:fs';
import {
  adviceForAws,
  adviceForMongo,
  describeMongo,
  type EngineOptions,
  engineOptions,
  findAwsEmulator,
  findMachine,
  findMongo,
  findOpenSearch,
} from '../../infra/local/engines/index.ts';
import { messageOf } from '../../services/core/index.ts';
import { isCheckout } from './checkout.ts';
import type { Config } from './config.ts';
import type { CommandContext } from './context.ts';
import { checkAws } from './doctor-aws.ts';
import {
  checkOfChoices,
  checkOfNode,
  checkOfOptional,
  type DoctorCheck,
  isHealthy,
  renderChecks,
} from './doctor-report.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { streamProblem } from './stream-problem.ts';

const OLDEST_NODE = '22.22';

/** Looks at this machine and at the configured addresses; fetches and starts nothing. */
export const doctor = async (context: CommandContext, configFile: string): Promise<ExitCode> => {
  const options = engineOptions(process.env, context.output.warn);
  const [engines, configured] = await Promise.all([checkEngines(options), checkConfig(context, configFile)]);
  const checks = [checkOfNode(process.versions.node, OLDEST_NODE), ...engines, ...configured];
  const ok = isHealthy(checks);
  context.output.result({ ok, checks }, renderChecks(checks));
  return ok ? EXIT_CODES.ok : EXIT_CODES.unavailable;
};

/** Engines are for the demo and the tests, which a checkout has and a package has not. */
const checkEngines = async (options: EngineOptions): Promise<DoctorCheck[]> => {
  if (!isCheckout()) return [];
  const [machine, openSearch, mongo, aws] = await Promise.all([
    findMachine(options),
    findOpenSearch(options),
    findMongo(options),
    findAwsEmulator(options),
  ]);
  return [
    ...[...machine, ...openSearch].map(checkOfOptional),
    checkOfChoices('MongoDB', mongo, adviceForMongo(options)),
    checkOfChoices('AWS emulator', aws, adviceForAws(options)),
  ];
};

/** What the configuration points at; a system that is not running is good to know, and no fault of the machine. */
const checkConfig = async (context: CommandContext, configFile: string): Promise<DoctorCheck[]> => {
  const name = 'Configuration';
  if (!existsSync(configFile)) return [{ name, status: 'absent', detail: `there is no ${configFile}` }];
  try {
    const config = await context.config();
    return [
      { name, status: 'ok', detail: `${configFile} loads` },
      ...(config.source ? [await checkSource(config.source.uri), checkStreams(config)] : []),
      await checkAws(process.env.AWS_ENDPOINT_URL),
    ];
  } catch (thrown) {
    return [{ name, status: 'missing', detail: messageOf(thrown) }];
  }
};

const checkSource = async (uri: string): Promise<DoctorCheck> => {
  const name = 'Its source';
  try {
    const { version, topology } = await describeMongo(uri);
    if (topology !== 'standalone') return { name, status: 'ok', detail: `MongoDB ${version}, ${topology}` };
    const detail = `MongoDB ${version} is a standalone: transactions and change streams need a replica set`;
    return { name, status: 'absent', detail };
  } catch (thrown) {
    return { name, status: 'absent', detail: messageOf(thrown) };
  }
};

/** Every published entity needs its stream: the relay would keep its events waiting for one. */
const checkStreams = (config: Config): DoctorCheck => {
  const name = 'Its streams';
  const problem = streamProblem(config);
  if (problem) return { name, status: 'missing', detail: problem };
  return { name, status: 'ok', detail: Object.keys(config.streams).join(', ') || 'none' };
};
