import { UsageError } from '../../../services/core/index.ts';
import type { CloudSearchField } from '../../../services/search/cloudsearch-field.ts';
import { baseType, isArrayField } from './field-values.ts';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const TYPES = /^(text|literal|int|double|date)(-array)?$/;

/** The configured index fields, by name, and what queries may do with them. */
export class Schema {
  readonly fields: ReadonlyMap<string, CloudSearchField>;

  /** @throws UsageError for a name or a type that CloudSearch does not allow. */
  constructor(fields: readonly CloudSearchField[]) {
    for (const { name, type } of fields) {
      if (!NAME.test(name) || name === 'score')
        throw new UsageError(`"${name}" is no CloudSearch field name`);
      if (!TYPES.test(type))
        throw new UsageError(`"${type}" is no field type of the local CloudSearch endpoint`);
    }
    this.fields = new Map(fields.map((field) => [field.name, field]));
    if (this.fields.size < fields.length) throw new UsageError('two CloudSearch fields have the same name');
    if (this.fields.size === 0) throw new UsageError('a CloudSearch domain has at least one field');
  }

  /** The fields whose words are in the full-text index, in the order of its columns. */
  textFields(): string[] {
    const text = [...this.fields.values()].filter((field) => baseType(field) === 'text');
    return text.map((field) => field.name);
  }

  /** The text fields that an unfielded query searches. */
  searchedTextFields(): string[] {
    return this.textFields().filter((name) => this.fields.get(name)?.search !== false);
  }

  sortable(name: string): boolean {
    const field = this.fields.get(name);
    return field !== undefined && field.sort !== false && !isArrayField(field);
  }

  sortableNumber(name: string): boolean {
    return this.sortable(name) && ['int', 'double'].includes(this.fields.get(name)?.type ?? '');
  }

  returned(): CloudSearchField[] {
    return [...this.fields.values()].filter((field) => field.return !== false);
  }
}

/** A field's column; the prefix keeps field names apart from the columns that every document has. */
export const column = (name: string): string => `"f_${name}"`;

/** How SQLite stores a field: an array as JSON. */
export const columnType = (field: CloudSearchField): string => {
  if (isArrayField(field)) return 'TEXT';
  return { int: 'INTEGER', double: 'REAL' }[field.type as string] ?? 'TEXT';
};
