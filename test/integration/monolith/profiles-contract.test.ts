import { describeProfilesApi } from '../../contract/profiles-http-contract.ts';
import { startMonolith } from './start-monolith.ts';

describeProfilesApi('the monolith', async () => {
  const { url, db, stop } = await startMonolith();
  return { baseUrl: url, db, stop };
});
