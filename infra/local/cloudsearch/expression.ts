import { refuseSearch } from './refusal.ts';

/** What a name in an expression stands for, as SQL; `undefined` when it stands for nothing. */
export type ResolveName = (name: string) => string | undefined;

/** CloudSearch's function → SQLite's, and how many arguments it takes. */
const FUNCTIONS: {
  readonly [name: string]: { readonly sql: string; readonly min: number; readonly max: number };
} = {
  abs: { sql: 'abs', min: 1, max: 1 },
  ceil: { sql: 'ceil', min: 1, max: 1 },
  exp: { sql: 'exp', min: 1, max: 1 },
  floor: { sql: 'floor', min: 1, max: 1 },
  ln: { sql: 'ln', min: 1, max: 1 },
  log10: { sql: 'log10', min: 1, max: 1 },
  max: { sql: 'max', min: 2, max: 2 },
  min: { sql: 'min', min: 2, max: 2 },
  pow: { sql: 'pow', min: 2, max: 2 },
  sqrt: { sql: 'sqrt', min: 1, max: 1 },
};

const MAX_BYTES = 10_240;
const MAX_DEPTH = 100;
const MAX_VALUE = '9223372036854774784.0';

/**
 * Compiles a numeric expression to SQL, token by token from a fixed vocabulary: numbers, names that `resolve`
 * knows, + - * / %, parentheses and the functions above. As the service has it, the result is a whole number
 * from 0 to 2^63 - 1; an invalid or negative one is 0
 * (https://docs.aws.amazon.com/cloudsearch/latest/developerguide/configuring-expressions.html).
 * @throws Refusal for anything that is not understood.
 */
export const compileExpression = (expression: string, resolve: ResolveName): string => {
  if (Buffer.byteLength(expression) > MAX_BYTES) throw refuseSearch('The expression is too long');
  const parser = new ExpressionParser(tokenize(expression), resolve);
  return `CAST(round(min(max(coalesce(${parser.whole()}, 0.0), 0.0), ${MAX_VALUE})) AS INTEGER)`;
};

class ExpressionParser {
  readonly #tokens: readonly string[];
  readonly #resolve: ResolveName;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], resolve: ResolveName) {
    this.#tokens = tokens;
    this.#resolve = resolve;
  }

  whole(): string {
    const sql = this.#sum();
    if (this.#at < this.#tokens.length) throw syntaxError(`unexpected ${this.#tokens[this.#at]}`);
    return sql;
  }

  #sum(): string {
    if (++this.#depth > MAX_DEPTH) throw syntaxError('it is nested too deeply');
    let sql = this.#product();
    while (this.#peek() === '+' || this.#peek() === '-') sql = `(${sql} ${this.#next()} ${this.#product()})`;
    this.#depth--;
    return sql;
  }

  #product(): string {
    let sql = this.#unary();
    for (let operator = this.#peek(); operator && '*/%'.includes(operator); operator = this.#peek()) {
      this.#next();
      const right = this.#unary();
      sql = operator === '%' ? `mod(${sql}, ${right})` : `(${sql} ${operator} ${right})`;
    }
    return sql;
  }

  #unary(): string {
    if (this.#peek() !== '-') return this.#operand();
    this.#next();
    if (++this.#depth > MAX_DEPTH) throw syntaxError('it is nested too deeply');
    const sql = `(- ${this.#unary()})`;
    this.#depth--;
    return sql;
  }

  #operand(): string {
    const token = this.#next();
    if (/^[\d.]/.test(token)) return token.includes('.') ? token : `${token}.0`;
    if (token === '(') return this.#closed(this.#sum());
    if (/^[a-z_]/.test(token)) return this.#peek() === '(' ? this.#call(token) : this.#name(token);
    throw syntaxError(`unexpected ${token}`);
  }

  #name(name: string): string {
    const sql = this.#resolve(name);
    if (sql === undefined) throw syntaxError(`${name} is no sortable numeric field and no expression`);
    return sql;
  }

  #call(name: string): string {
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!known) throw syntaxError(`the local endpoint knows no function ${name}`);
    this.#next();
    const args = [this.#sum()];
    while (this.#peek() === ',') {
      this.#next();
      args.push(this.#sum());
    }
    if (args.length < known.min || args.length > known.max)
      throw syntaxError(`${name} takes ${known.min} argument(s)`);
    return this.#closed(`${known.sql}(${args.join(', ')})`);
  }

  #closed(sql: string): string {
    if (this.#next() !== ')') throw syntaxError('a parenthesis is not closed');
    return sql;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw syntaxError('it ends too early');
    return token;
  }
}

const tokenize = (expression: string): string[] => {
  const tokens: string[] = [];
  for (const match of expression.matchAll(/\s+|(\d+(?:\.\d+)?|\.\d+|[a-z_][a-z0-9_]*|[-+*/%(),])|(.)/gsu)) {
    if (match[2] !== undefined) throw syntaxError(`unexpected ${match[2]}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
};

const syntaxError = (why: string) => refuseSearch(`Syntax error in expression: ${why}`);
