/** `dying-acknowledger.ts URI DATABASE ID`: acknowledges a row, and is gone once MongoDB has made the change. */
import { MongoClient } from 'mongodb';
import { systemClock } from '../../services/core/index.ts';
import { MongoOutboxFeed } from '../../services/outbox/index.ts';

const [uri = '', database = '', id = ''] = process.argv.slice(2);
const client = new MongoClient(uri, { monitorCommands: true });
client.on('commandSucceeded', ({ commandName }) => {
  if (commandName === 'update' || commandName === 'bulkWrite') process.kill(process.pid, 'SIGKILL');
});
await new MongoOutboxFeed({ db: client.db(database), clock: systemClock }).acknowledge([id]);
