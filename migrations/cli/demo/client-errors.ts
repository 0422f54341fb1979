import type { Answer } from './http-client.ts';

/** What clients saw that they never should: answers of 500 and above, and broken connections. */
export class ClientErrors {
  count = 0;
  readonly samples: string[] = [];

  /** Notes an answer; true when it was one of ours to be ashamed of. */
  note(what: string, answer: Answer | Error): boolean {
    if (!(answer instanceof Error) && answer.status < 500) return false;
    this.count += 1;
    if (this.samples.length < 5) {
      this.samples.push(`${what}: ${answer instanceof Error ? answer.message : answer.status}`);
    }
    return true;
  }
}
