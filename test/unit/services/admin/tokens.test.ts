import { describe, expect, it } from '@jest/globals';
import { freshToken, Tokens, tokenEntry } from '../../../../services/admin/tokens.ts';
import { UsageError } from '../../../../services/core/index.ts';

const ada = { name: 'ada', role: 'operator' } as const;
const bob = { name: 'bob@example.com', role: 'viewer' } as const;

describe('tokens', () => {
  it('are known again by their bearer and role', () => {
    const [one, two, three] = [freshToken(), freshToken(), freshToken()];
    const tokens = new Tokens(
      `# who may\n${tokenEntry(ada, one)} # laptop\n${tokenEntry(bob, two)},${tokenEntry(ada, three)}`,
    );
    expect(tokens.size).toBe(3);
    expect([one, two, three, freshToken(), ''].map((token) => tokens.personOf(token))).toEqual([
      ada,
      bob,
      ada,
      undefined,
      undefined,
    ]);
  });

  it('are long, and never the same', () => {
    expect(freshToken()).toMatch(/^banyan_[\w-]{43}$/);
    expect(freshToken()).not.toBe(freshToken());
  });

  it('are not stored', () => {
    const token = freshToken();
    expect(tokenEntry(ada, token)).toMatch(/^operator:ada:[0-9a-f]{64}$/);
    expect(tokenEntry(ada, token)).not.toContain(token);
    expect(new Tokens(tokenEntry(ada, token)).personOf(tokenEntry(ada, token))).toBeUndefined();
  });

  it.each([
    'banyan_secret',
    'operator:ada',
    'operator:ada:banyan_secret',
    `owner:ada:${'0'.repeat(64)}`,
    `operator::${'0'.repeat(64)}`,
    `operator:ada:${'0'.repeat(64)}:more`,
  ])('that are not as they are made are refused without being repeated: %s', (entry) => {
    const read = () => new Tokens(`${tokenEntry(bob, freshToken())}\n${entry}`);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(/^admin token 2 is not ROLE:NAME:SHA-256/);
    expect(read).not.toThrow(/secret/);
  });

  it('have a bearer with a name that fits', () => {
    for (const name of ['', 'a b', 'a:b', '-a', 'x'.repeat(65), 'a,b', 'a#b'])
      expect(() => tokenEntry({ name, role: 'viewer' }, freshToken())).toThrow(UsageError);
  });
});
