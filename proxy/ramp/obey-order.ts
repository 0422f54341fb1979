import type { Ramp, RampHappened } from './ramp.ts';

/** The ramp once its last order is carried out. Asked again, it changes nothing. */
export const obeyOrder = ({ wanted, happened }: Ramp): RampHappened => {
  const { number, action, ...signature } = wanted.order;
  if (number <= happened.order) return happened;
  const obeyed = { ...happened, order: number };
  switch (action) {
    case 'start':
      return obeyed;
    case 'pause':
      return { ...obeyed, phase: 'paused', paused: signature };
    case 'resume':
      if (happened.paused) return { ...obeyed, phase: 'running', paused: null };
      return { ...obeyed, step: happened.step && { ...happened.step, resumed: true } };
    case 'abort':
      return { ...obeyed, phase: 'aborted', ended: signature };
  }
};
