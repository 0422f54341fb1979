import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import {
  FileShardCheckpoints,
  MemoryShardCheckpoints,
} from '../../infra/local/event-source-mapping/index.ts';
import { describeShardCheckpoints } from './shard-checkpoints-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'banyan-checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeShardCheckpoints('memory', () => new MemoryShardCheckpoints());
describeShardCheckpoints(
  'a folder',
  () => new FileShardCheckpoints({ folder: mkdtempSync(join(folder, 'store-')) }),
);
