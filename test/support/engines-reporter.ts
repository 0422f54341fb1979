import { testEngines } from './started-engines.ts';

/** Ends a run whose MongoDB was not in a container with one line that says so. */
export default class EnginesReporter {
  onRunComplete(): void {
    const { mongo } = testEngines();
    if (!mongo || mongo.container) return;
    const line = `MongoDB did not run in a container (${mongo.origin}): BANYAN_REQUIRE_CONTAINERS=1 makes that a failure.`;
    // Jest writes its summary after every reporter of ours has run.
    process.once('exit', () => process.stderr.write(`${line}\n`));
  }
}
