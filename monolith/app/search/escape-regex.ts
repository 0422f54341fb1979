const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;

/** What people typed, as a regular expression that matches just that. */
export const escapeRegex = (text: string): string => text.replace(SPECIAL, '\\$&');
