import { parseArgs } from 'node:util';
import { userSearchDomainFields } from '../../../services/search/user-search-document.ts';
import { startCloudSearch } from './start-cloudsearch.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, file: { type: 'string', default: ':memory:' } },
});
const running = await startCloudSearch({
  host: '127.0.0.1',
  port: Number(values.port),
  databaseFile: values.file,
  fields: userSearchDomainFields,
});
process.stdout.write(`cloudsearch listening on ${running.endpoint}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void running.stop());
