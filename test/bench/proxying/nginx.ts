import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../infra/local/engines/free-port.ts';
import type { ListeningPeer, PeerInput } from './peer.ts';

/** Whether nginx is on the path. */
export const hasNginx = (): boolean => spawnSync('nginx', ['-v']).status === 0;

/** nginx with one worker and its own split of clients, told to keep connections as ours does. */
const configOf = ({ control, candidate }: PeerInput, port: number, folder: string): string => `
worker_processes 1;
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  split_clients "$http_x_user_id" $side { 10% candidate; * control; }
  upstream control { server 127.0.0.1:${control}; keepalive 256; keepalive_requests 1000000000; }
  upstream candidate { server 127.0.0.1:${candidate}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://$side;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;

/** Starts nginx; the pid is its worker's. */
export const startNginx = async (
  input: PeerInput,
): Promise<ListeningPeer & { stop: () => Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), configOf(input, port, folder));
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
  const nginx = spawn('nginx', args, { stdio: 'ignore' });
  await accepts(port, nginx);
  const [worker] = readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, 'utf8').trim().split(' ');
  const stop = async () => {
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  return { pid: Number(worker), port, stop };
};

const accepts = async (port: number, nginx: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    if (nginx.exitCode !== null) break;
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await delay(50);
  }
  throw new Error('nginx does not accept connections');
};
