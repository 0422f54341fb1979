import { describe, expect, it } from '@jest/globals';
import { isOpen, scheduleSchema } from '../../../../proxy/ramp/ramp-schedule.ts';

// A Tuesday.
const at = (time: string, day = '2024-01-02') => Date.parse(`${day}T${time}:00Z`);

describe('a schedule', () => {
  it.each([
    ['is open within its hours', { from: '09:00', to: '17:00' }, at('12:00'), true],
    ['opens at its first minute', { from: '09:00', to: '17:00' }, at('09:00'), true],
    ['is closed the minute before', { from: '09:00', to: '17:00' }, at('08:59'), false],
    ['closes at its last', { from: '09:00', to: '17:00' }, at('17:00'), false],
    ['is open all day by default', {}, at('23:59'), true],
    ['keeps to its days', { days: ['mon', 'wed'] }, at('12:00'), false],
    ['opens on its days', { days: ['mon', 'tue'] }, at('12:00'), true],
    ['knows Sundays', { days: ['sun'] }, at('00:00', '2024-01-07'), true],
    ['goes on to the end of the day', { from: '22:00', to: '24:00' }, at('23:59'), true],
  ])('%s', (_, schedule, nowMs, open) => {
    expect(isOpen(scheduleSchema.parse(schedule), nowMs)).toBe(open);
  });

  it('is always open where there is none', () => {
    expect(isOpen(undefined, at('03:00'))).toBe(true);
  });

  it.each([
    [{ from: '9:00' }, 'from: is a time of day in UTC, as 09:30'],
    [{ from: '17:00', to: '09:00' }, 'to: is after `from`, on the same day'],
    [{ days: [] }, 'days'],
  ])('refuses %j', (schedule, problem) => {
    const { error } = scheduleSchema.safeParse(schedule);
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join()).toContain(
      problem,
    );
  });
});
