export type { OpenSink, Plan, PlanInput, Protocol } from '../moves/plan.ts';
export { type Config, type ConfigInput, defineConfig, type Environment, loadConfig } from './config.ts';
