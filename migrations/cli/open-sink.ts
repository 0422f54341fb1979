import { UsageError } from '../../services/core/index.ts';
import type { OpenSink, Plan, SinkSignals } from '../moves/plan.ts';
import { parsePlanName } from './plan-name.ts';

/**
 * Opens the sink that `name` means: the plan's present one, or a fresh one of another name.
 * @throws UsageError unless it is certain that a fresh one is another than the present one: nothing that was meant
 * for it may ever reach the sink that is read.
 */
export const openSinkOf = async (plan: Plan, name: string, signals: SinkSignals): Promise<OpenSink> => {
  const { into } = parsePlanName(name);
  if (into === undefined) return plan.openSink(signals);
  await refuseUnlessFresh(plan, name, signals);
  const sink = await plan.openSink({ ...signals, into });
  if (sink.name === into) return sink;
  await sink.close();
  throw new UsageError(`asked for ${into}, the plan opened ${sink.name ?? 'another sink'}: ${ADVICE}`);
};

const ADVICE = 'its `openSink` has to open the sink that `into` names, and to answer its `name`';

const refuseUnlessFresh = async (plan: Plan, name: string, signals: SinkSignals): Promise<void> => {
  const { plan: own, into } = parsePlanName(name);
  if (plan.protocol === 'copy-then-replay') {
    throw new UsageError(
      `the sink of ${own} has no conditions: a fresh one needs a guard and a consumer of its own, hence a plan of its own`,
    );
  }
  if (into === '') throw new UsageError(`${name}: the name of the fresh sink is missing after the @`);
  const present = await plan.openSink(signals);
  await present.close();
  if (present.name === undefined) throw new UsageError(`${own} fills one sink only: ${ADVICE}`);
  if (present.name === into) {
    throw new UsageError(`${into} is the sink that ${own} fills at present: a fresh one has another name`);
  }
};
