import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { UsageError } from '../../../services/core/index.ts';
import type { CloudSearchField } from '../../../services/search/cloudsearch-field.ts';
import type { AddOperation, Operation } from './document-batch.ts';
import { isArrayField, type StoredValue, storedValues } from './field-values.ts';
import { runSearch, type SearchResult } from './run-search.ts';
import { column, columnType, type Schema } from './schema.ts';
import type { SearchRequest } from './search-request.ts';

const MAX_STATEMENTS = 256;

/** A search domain in one SQLite file: `docs` holds the values, `words` the text fields' full-text index. */
export class Domain {
  readonly #schema: Schema;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #documents: number;

  /**
   * Opens or creates the domain; `:memory:` keeps nothing.
   * @throws UsageError when the file holds a domain with other index fields.
   */
  constructor(databaseFile: string, schema: Schema) {
    this.#schema = schema;
    this.#database = new DatabaseSync(databaseFile);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.#createTables(databaseFile);
    this.#documents = this.#count();
  }

  /** Applies a batch, whole. Answers how many documents were added and deleted. */
  apply(operations: readonly Operation[]): { adds: number; deletes: number } {
    let adds = 0;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const operation of operations) {
        if (operation.type === 'delete') this.#delete(operation.id);
        else adds++;
        if (operation.type === 'add') this.#add(operation);
      }
      this.#database.exec('COMMIT');
      this.#documents = this.#count();
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
    return { adds, deletes: operations.length - adds };
  }

  search(request: SearchRequest): SearchResult {
    return runSearch(request, {
      schema: this.#schema,
      documents: this.#documents,
      rows: (sql, params) => this.#prepare(sql).all(...params),
    });
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #count(): number {
    return Number(this.#prepare('SELECT count(*) AS documents FROM docs').get()?.documents);
  }

  #add(operation: AddOperation): void {
    const fields = [...this.#schema.fields.values()];
    const values = new Map(fields.map((field) => [field.name, valuesOf(field, operation)]));
    const columns = fields.map((field) => column(field.name));
    const row = this.#prepare(
      `INSERT INTO docs (id, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})
       ON CONFLICT (id) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}
       RETURNING rowid`,
    ).get(operation.id, ...fields.map((field) => columnValue(field, values.get(field.name) ?? [])));
    const text = this.#schema.textFields();
    if (text.length === 0) return;
    this.#prepare(
      `INSERT OR REPLACE INTO words (rowid, ${text.map(column).join(', ')}) VALUES (?, ${text.map(() => '?').join(', ')})`,
    ).run(row?.rowid ?? 0, ...text.map((name) => (values.get(name) ?? []).join('\n')));
  }

  #delete(id: string): void {
    const row = this.#prepare('DELETE FROM docs WHERE id = ? RETURNING rowid').get(id);
    if (row && this.#schema.textFields().length > 0) {
      this.#prepare('DELETE FROM words WHERE rowid = ?').run(row.rowid ?? 0);
    }
  }

  #createTables(databaseFile: string): void {
    const fields = [...this.#schema.fields.values()];
    const wanted = JSON.stringify(fields);
    this.#database.exec('CREATE TABLE IF NOT EXISTS configuration (fields TEXT NOT NULL)');
    const found = this.#prepare('SELECT fields FROM configuration').get()?.fields;
    if (found === wanted) return;
    if (found !== undefined) {
      this.#database.close();
      throw new UsageError(
        `${databaseFile} holds a CloudSearch domain with other index fields: remove the file`,
      );
    }
    const columns = fields.map((field) => `${column(field.name)} ${columnType(field)}`).join(', ');
    this.#database.exec(`CREATE TABLE docs (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ${columns})`);
    for (const { name } of fields.filter((field) => field.type === 'literal' && field.search !== false)) {
      this.#database.exec(`CREATE INDEX "by_${name}" ON docs (${column(name)})`);
    }
    const text = this.#schema.textFields().map(column);
    if (text.length > 0) {
      this.#database.exec(
        `CREATE VIRTUAL TABLE words USING fts5 (${text.join(', ')}, content = '', contentless_delete = 1,
           prefix = '1 2 3', tokenize = "unicode61 remove_diacritics 2 tokenchars '_'")`,
      );
    }
    this.#prepare('INSERT INTO configuration VALUES (?)').run(wanted);
  }

  /** The same few shapes of queries come again and again; preparing one costs more than running it. */
  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    statement.setReadBigInts(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const valuesOf = (field: CloudSearchField, { values }: AddOperation): readonly StoredValue[] =>
  values.get(field.name) ?? (field.default === undefined ? [] : storedValues(field, field.default));

const columnValue = (field: CloudSearchField, values: readonly StoredValue[]): StoredValue | null => {
  if (!isArrayField(field) || values.length === 0) return values[0] ?? null;
  // JSON has no 64-bit integers; JavaScript's are as good as arrays of them get here.
  return JSON.stringify(values.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
};
