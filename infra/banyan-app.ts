import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BackfillStack } from './stacks/backfill-stack.ts';
import { ControlStack } from './stacks/control-stack.ts';
import { ProfilesDataStack } from './stacks/profiles-data-stack.ts';
import { ProfilesStack } from './stacks/profiles-stack.ts';
import { SearchDataStack } from './stacks/search-data-stack.ts';
import { SearchStack } from './stacks/search-stack.ts';
import { StreamStack } from './stacks/stream-stack.ts';

/**
 * The example's stacks, data apart from code, checked by cdk-nag whenever they are synthesised. With the context
 * `quarantineQueue=true` an SQS queue is told of what is quarantined; with `backfillMachine=true` there is a stack more,
 * for backfills under Step Functions.
 */
export const banyanApp = (props: AppProps = {}): App => {
  const app = new App(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { users } = new StreamStack(app, 'BanyanStream');
  const { table, quarantine, quarantineQueue, claims } = new ControlStack(app, 'BanyanControl', {
    withQuarantineQueue: app.node.tryGetContext('quarantineQueue') === 'true',
  });
  const { guard } = new SearchDataStack(app, 'BanyanSearchData');
  const { profiles } = new ProfilesDataStack(app, 'BanyanProfilesData');
  new SearchStack(app, 'BanyanSearch', { users, guard, quarantine, quarantineQueue, claims });
  new ProfilesStack(app, 'BanyanProfiles', { users, profiles, quarantine, quarantineQueue, claims });
  if (app.node.tryGetContext('backfillMachine') === 'true') {
    new BackfillStack(app, 'BanyanBackfill', {
      control: table,
      guard,
      profiles,
      quarantine,
      quarantineQueue,
    });
  }
  return app;
};
