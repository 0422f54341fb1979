import type { ShadowConfig } from '../routing/shadow-config.ts';
import { compareResponses, type ReadAnswer } from './compare-responses.ts';
import { type CompareRules, compareRules } from './compare-rules.ts';
import { differing } from './compare-values.ts';
import type { Difference } from './difference.ts';
import { fieldPattern, matchesAny } from './field-path.ts';
import { ShadowRecord, type SkipReason } from './shadow-record.ts';

/** Pairs of the control's own answers before anything is held against the candidate. */
const LEARN_FIRST = 20;

/** What one side gave: an answer, or why it cannot be compared. */
export type SideAnswer = ReadAnswer | SkipReason | { readonly unanswered: string };

/** How a comparison ended: `learning` while noise is not known yet, or why there was none. */
export type ShadowResult = 'same' | 'mismatch' | 'learning' | SkipReason;

/** A route whose answers are compared: its rules, and what they found. */
export class ShadowedRoute {
  readonly config: ShadowConfig;
  readonly record: ShadowRecord;
  readonly #rules: CompareRules;

  constructor(config: ShadowConfig) {
    this.config = config;
    this.#rules = compareRules(config);
    const show = config.show.map(fieldPattern);
    this.record = new ShadowRecord({ mayShow: (path) => matchesAny(show, path) });
  }

  /** Whether the control is to be asked once more, given a number from 0 to 1. */
  asksControlAgain(random: number): boolean {
    return this.#isLearning || random * 100 < this.config.noisePercent;
  }

  /** Takes what both sides gave, and the control once more if it was asked, and says what it came to. */
  compare(
    answers: {
      control: SideAnswer;
      candidate: SideAnswer;
      controlAgain: SideAnswer | undefined;
      /** Whether the control can be asked for its noise: else everything counts from the first. */
      mayLearn: boolean;
    },
    atMs: number,
  ): { readonly result: ShadowResult; readonly fields: readonly string[] } {
    const { control, candidate, controlAgain, mayLearn } = answers;
    if (!isRead(control)) return this.#skip(typeof control === 'string' ? control : 'control-failed');
    if (typeof candidate === 'string') return this.#skip(candidate);
    const counts = !mayLearn || !this.#isLearning;
    if (isRead(controlAgain)) this.record.learned(compareResponses(control, controlAgain, this.#rules));
    const fields = this.record.compared(this.#differences(control, candidate), { atMs, counts });
    return { result: counts ? (fields.length > 0 ? 'mismatch' : 'same') : 'learning', fields };
  }

  #differences(
    control: ReadAnswer,
    candidate: ReadAnswer | { readonly unanswered: string },
  ): readonly Difference[] {
    return isRead(candidate)
      ? compareResponses(control, candidate, this.#rules)
      : [differing('unanswered', ['status'], control.status, candidate.unanswered)];
  }

  get #isLearning(): boolean {
    return this.config.noisePercent > 0 && this.record.controlPairs < LEARN_FIRST;
  }

  #skip(why: SkipReason): { result: ShadowResult; fields: readonly string[] } {
    this.record.skipped(why);
    return { result: why, fields: [] };
  }
}

const isRead = (answer: SideAnswer | undefined): answer is ReadAnswer =>
  typeof answer === 'object' && 'body' in answer;
