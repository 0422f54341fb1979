import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Keeps connections to one upstream: up to `maxSockets`, all of which may idle. */
export const keepAliveAgent = (options: {
  url: URL;
  maxSockets: number;
  /** The longest silence of a connection, idle or not. */
  idleTimeoutMs: number;
}): Agent => {
  const settings = {
    keepAlive: true,
    maxSockets: options.maxSockets,
    // With fewer free ones than used ones, every burst would end in closing and opening connections.
    maxFreeSockets: options.maxSockets,
    timeout: options.idleTimeoutMs,
  };
  return options.url.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings);
};
