import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ContainerRuntimeClient,
  GenericContainer,
  getContainerRuntimeClient,
  ImageName,
} from 'testcontainers';

import { BanyanError, messageOf } from '../../../services/core/index.ts';
import type { Sighting } from './engine.ts';
import { type Leash, leashProgram } from './leash.ts';

export { Wait } from 'testcontainers';

// Ports are published on the loopback alone, and there they are looked for: testcontainers would otherwise take the
// bridge's gateway wherever it believes to run inside a container.
process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';

const ENGINE_WITHIN_MS = 5_000;
const REGISTRY_WITHIN_MS = 10_000;
const STALL_MS = 30_000;
const REMOVER = join(import.meta.dirname, 'remove-container.ts');

/** The Docker engine that answers here. @throws BanyanError `no-docker` with the reason. */
export const dockerEngine = async (): Promise<ContainerRuntimeClient> => {
  try {
    return await within(ENGINE_WITHIN_MS, getContainerRuntimeClient(), 'it does not answer in time');
  } catch (cause) {
    throw new BanyanError('no-docker', `no Docker engine answers${await denied()}`, { cause });
  }
};

const denied = async (): Promise<string> => {
  const socket = '/var/run/docker.sock';
  try {
    await access(socket, constants.F_OK);
    await access(socket, constants.W_OK);
    return '';
  } catch (thrown) {
    const refused = (thrown as NodeJS.ErrnoException).code === 'EACCES';
    return refused ? ` (no right to ${socket}: join the group docker)` : '';
  }
};

/** Whether a container of this image can be had, without pulling anything; the hint is for an image that cannot. */
export const lookForContainer = async (image: string, hint?: string): Promise<Sighting> => {
  try {
    const found = await lookForImage(await dockerEngine(), image);
    if (found === 'here') return { availability: 'ready', detail: 'the image is on this machine' };
    if (found === 'pullable') return { availability: 'fetchable', detail: 'the image would be pulled' };
    return { availability: 'missing', detail: hint ? `${found.why}; ${hint}` : found.why };
  } catch (thrown) {
    return { availability: 'missing', detail: messageOf(thrown) };
  }
};

/** Pulls an image unless it is there. */
export const ensureImage = async (image: string, log: (line: string) => void): Promise<void> => {
  const engine = await dockerEngine();
  if (await engine.image.exists(ImageName.fromString(image))) return;
  log(`pulling ${image}`);
  await pullImage(engine, image);
};

const lookForImage = async (
  engine: ContainerRuntimeClient,
  image: string,
): Promise<'here' | 'pullable' | { readonly why: string }> => {
  if (await engine.image.exists(ImageName.fromString(image))) return 'here';
  try {
    const asked = dockerApi(engine).getImage(image).distribution();
    await within(REGISTRY_WITHIN_MS, asked, 'the registry does not answer in time');
    return 'pullable';
  } catch (thrown) {
    return { why: `the image cannot be pulled (${withoutHttp(messageOf(thrown))})` };
  }
};

const withoutHttp = (message: string): string => message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();

/** Pulls an image; a pull that shows no progress for half a minute has failed. */
const pullImage = async (engine: ContainerRuntimeClient, image: string): Promise<void> => {
  const docker = dockerApi(engine);
  const stream = await within(STALL_MS, docker.pull(image), `${image} cannot be pulled: no answer`);
  await new Promise<void>((resolve, reject) => {
    const stalled = () => reject(new BanyanError('pull-stalled', `pulling ${image} makes no progress`));
    let timer = setTimeout(stalled, STALL_MS);
    const progressed = () => {
      clearTimeout(timer);
      timer = setTimeout(stalled, STALL_MS);
    };
    const finished = (thrown: Error | null) => {
      clearTimeout(timer);
      return thrown ? reject(thrown) : resolve();
    };
    docker.modem.followProgress(stream, finished, progressed);
  });
};

/** What testcontainers' client hides: its Docker API. */
const dockerApi = (engine: ContainerRuntimeClient) => engine.container.dockerode;

const within = <T>(ms: number, work: Promise<T>, late: string): Promise<T> => {
  let timer: NodeJS.Timeout;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BanyanError('timeout', late)), ms);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
};

/**
 * A container whose ports answer on the loopback only, and which is removed, with its data, when this process lets
 * go of it or ends in any way: without Ryuk, whose image would have to be pulled as well.
 */
export class LeashedContainer extends GenericContainer {
  #leash: Leash | undefined;

  constructor(image: string) {
    super(image);
    this.withAutoCleanup(false);
  }

  protected override async beforeContainerCreated(): Promise<void> {
    const bindings = Object.entries((this.hostConfig.PortBindings ?? {}) as PortBindings);
    this.hostConfig.PortBindings = Object.fromEntries(
      bindings.map(([port, hosts]) => [port, hosts.map((host) => ({ ...host, HostIp: '127.0.0.1' }))]),
    );
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.#leash = leashProgram(process.execPath, ['--disable-warning=ExperimentalWarning', REMOVER, id]);
  }

  /** Removes the container. Safe to call twice. */
  async remove(): Promise<void> {
    await this.#leash?.letGo();
  }
}

type PortBindings = { readonly [port: string]: readonly { readonly HostPort?: string }[] };
