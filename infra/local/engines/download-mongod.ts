/**
 * Run as a process of its own, since mongodb-memory-server is set up through the environment:
 * `download-mongod.ts check VERSION` answers whether the archive can be had, within seconds;
 * `download-mongod.ts fetch VERSION FOLDER` puts a checked `mongod` into the folder.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core';
import { MongoBinaryDownloadUrl } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js';

const ANSWER_WITHIN_MS = 4_000;

const check = async (version: string): Promise<void> => {
  const machine = await DryMongoBinary.generateOptions({ version });
  const url = await new MongoBinaryDownloadUrl(machine).getDownloadUrl();
  const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status} for ${url}`);
};

const fetchInto = async (version: string, folder: string): Promise<void> => {
  const program = await MongoBinary.getPath({ version, downloadDir: folder, checkMD5: true });
  await copyFile(program, join(folder, 'mongod'));
};

const [task, version = '', folder = ''] = process.argv.slice(2);
try {
  await (task === 'check' ? check(version) : fetchInto(version, folder));
} catch (thrown) {
  const { message, cause } = thrown as Error;
  process.stderr.write(`${message}${cause instanceof Error ? `: ${cause.message}` : ''}\n`);
  process.exit(1);
}
