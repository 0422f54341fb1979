import { testEngines } from './started-engines.ts';

/** Ends a run with one line for each engine that was not as a full run has it. */
export default class EnginesReporter {
  onRunComplete(): void {
    const { mongo } = testEngines();
    const lines: string[] = [];
    if (mongo && !mongo.container) {
      lines.push(
        `MongoDB did not run in a container (${mongo.origin}): BANYAN_REQUIRE_CONTAINERS=1 makes that a failure.`,
      );
    }
    if (process.env.BANYAN_SKIP_OPENSEARCH === '1') {
      lines.push('The tests of OpenSearch were left out: BANYAN_SKIP_OPENSEARCH=1.');
    }
    if (process.env.BANYAN_SKIP_BROWSER === '1') {
      lines.push('The tests in a browser were left out: BANYAN_SKIP_BROWSER=1.');
    }
    if (lines.length === 0) return;
    // Jest writes its summary after every reporter of ours has run.
    process.once('exit', () => process.stderr.write(`${lines.join('\n')}\n`));
  }
}
