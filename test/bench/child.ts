import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A part of a bench in a process of its own: its load and its garbage are nobody else's. */
export interface Child<Ready, Result> {
  /** What it said when it was ready to begin. */
  readonly ready: Ready;
  /** Resolves with what its work answered; rejects when it ended without an answer. */
  readonly result: Promise<Result>;
  /** Begins its work. */
  go(): void;
  /** Aborts its signal; an answer is still due. */
  stop(): void;
}

type FromChild = { readonly ready: unknown } | { readonly result: unknown };
type FromParent = 'go' | 'stop';

/** Starts a module that calls `serveParent`, with an input that JSON can carry, and waits until it is ready. */
export const startChild = async <Ready, Result>(
  module: string,
  input: unknown,
  execArgv: readonly string[] = [],
): Promise<Child<Ready, Result>> => {
  const child = fork(module, [JSON.stringify(input)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
  });
  const ready = Promise.withResolvers<Ready>();
  const result = Promise.withResolvers<Result>();
  // Whoever waits for one of them hears of it.
  result.promise.catch(() => undefined);
  child.on('message', (message: FromChild) => {
    if ('ready' in message) ready.resolve(message.ready as Ready);
    else result.resolve(message.result as Result);
  });
  child.on('exit', (code, signal) => {
    const error = new Error(`${module} ended with ${code ?? signal}`);
    ready.reject(error);
    result.reject(error);
  });
  const tell = (message: FromParent) => child.connected && child.send(message);
  return {
    ready: await ready.promise,
    result: result.promise,
    go: () => tell('go'),
    stop: () => tell('stop'),
  };
};

/** Starts a module, lets it work at once and answers what it found. */
export const runChild = async <Result>(
  module: string,
  input: unknown,
  execArgv: readonly string[] = [],
): Promise<Result> => {
  const child = await startChild<null, Result>(module, input, execArgv);
  child.go();
  return child.result;
};

/** How a child's work hears its parent. */
export interface Parent<Ready> {
  /** Says that everything is prepared; resolves when the parent says go. */
  ready(value: Ready): Promise<void>;
  /** Aborts when the parent says stop, or is gone. */
  readonly stop: AbortSignal;
}

/** The whole of a child's entry point: does the work, answers, and ends. */
export const serveParent = async <Input, Ready, Result>(
  work: (input: Input, parent: Parent<Ready>) => Promise<Result>,
): Promise<void> => {
  const stopping = new AbortController();
  const went = Promise.withResolvers<void>();
  process.on('message', (message: FromParent) => (message === 'go' ? went.resolve() : stopping.abort()));
  process.on('disconnect', () => process.exit(1));
  const send = (message: FromChild) =>
    new Promise<void>((sent) => process.send?.(message, undefined, undefined, () => sent()));
  const result = await work(JSON.parse(process.argv[2] ?? 'null'), {
    ready: async (value) => {
      await send({ ready: value });
      await went.promise;
    },
    stop: stopping.signal,
  });
  await send({ result });
  process.exit(0);
};

/** Resolves when the signal has aborted. */
export const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};
