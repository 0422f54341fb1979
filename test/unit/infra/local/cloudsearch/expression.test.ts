import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { compileExpression } from '../../../../../infra/local/cloudsearch/expression.ts';

const database = new DatabaseSync(':memory:');
const names: { readonly [name: string]: string } = { _score: '2.5', followers: '999', zero: '0' };
const computed = (expression: string) =>
  database.prepare(`SELECT ${compileExpression(expression, (name) => names[name])} AS value`).get()?.value;

describe('compileExpression', () => {
  it.each([
    ['7', 7],
    ['2+3*4', 14],
    ['(2+3)*4', 20],
    ['10-4-3', 3],
    ['-(2-5)', 3],
    ['7/2', 4],
    ['1000*(7/2)', 3500],
    ['7%4', 3],
    ['.5*8', 4],
    ['1000*_score*(1+log10(1+followers))', 10_000],
    ['ln(exp(3))', 3],
    ['max(2, min(5, 9))', 5],
    ['pow(2,10)+sqrt(16)+abs(-1)+floor(1.9)+ceil(1.1)', 1032],
  ])('computes %s to the whole number %i', (expression, value) => {
    expect(computed(expression)).toBe(value);
  });

  it.each([
    ['a negative value', '2-5'],
    ['a division by zero', '1/zero'],
    ['a logarithm of nothing', 'log10(zero)'],
  ])('makes 0 of %s', (_, expression) => {
    expect(computed(expression)).toBe(0);
  });

  it('makes the largest whole number of what is larger', () => {
    const sql = compileExpression('pow(10,300)*pow(10,300)', () => undefined);
    expect(database.prepare(`SELECT CAST(${sql} AS TEXT) AS value`).get()?.value).toMatch(
      /^92233720368547\d{5}$/,
    );
  });

  it.each([
    ['', 'ends too early'],
    ['1+', 'ends too early'],
    ['(1', 'ends too early'],
    ['1 2', 'unexpected 2'],
    ['1;drop', 'unexpected ;'],
    ["'a'", "unexpected '"],
    ['nobody', 'nobody is no sortable numeric field'],
    ['load_extension(1)', 'no function load_extension'],
    ['constructor(1)', 'no function constructor'],
    ['max(1)', 'max takes 2'],
    ['log10(1,2)', 'log10 takes 1'],
    ['('.repeat(200), 'nested too deeply'],
    ['-'.repeat(200), 'nested too deeply'],
    ['1+'.repeat(6_000), 'too long'],
  ])('refuses %j: %s', (expression, why) => {
    expect(() => computed(expression)).toThrow(why);
  });
});
