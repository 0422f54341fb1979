import type { CanaryStep } from './demo-report.ts';

const HEADER = [
  'route',
  'weight',
  'share',
  'requests',
  'errors',
  'control p50/p99',
  'candidate p50/p99',
] as const;
const WIDTHS = [9, 8, 8, 9, 7, 17, 17] as const;

/** Shows the steps of the dial while they happen: rewritten in place on a terminal, a line per step elsewhere. */
export class LiveTable {
  readonly #write: (text: string) => void;
  readonly #rewrites: boolean;
  #drawn = 0;
  #headed = false;

  constructor(options: { write: (text: string) => void; rewrites: boolean }) {
    this.#write = options.write;
    this.#rewrites = options.rewrites;
  }

  /** Draws the steps under way over what was drawn last. */
  update(steps: readonly CanaryStep[]): void {
    if (this.#rewrites) this.#draw(steps);
  }

  /** Draws the finished steps for good. */
  finish(steps: readonly CanaryStep[]): void {
    this.#draw(steps);
    this.#drawn = 0;
  }

  #draw(steps: readonly CanaryStep[]): void {
    if (!this.#headed) this.#write(`${row(HEADER)}\n`);
    this.#headed = true;
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#write(
      up +
        steps
          .map((step) => `${row(cells(step))}\u001b[K\n`.replace(this.#rewrites ? '' : '\u001b[K', ''))
          .join(''),
    );
    this.#drawn = this.#rewrites ? steps.length : 0;
  }
}

const cells = (step: CanaryStep): string[] => [
  step.route,
  `${step.weightPercent} %`,
  `${step.share.toFixed(2)} %`,
  String(step.requests),
  String(step.errors),
  latency(step.control),
  latency(step.candidate),
];

const latency = ({ p50Ms, p99Ms }: CanaryStep['control']): string =>
  p50Ms === null || p99Ms === null ? '–' : `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms`;

const row = (values: readonly string[]): string =>
  `  ${values.map((value, at) => value.padEnd(WIDTHS[at] ?? 0)).join(' ')}`.trimEnd();
