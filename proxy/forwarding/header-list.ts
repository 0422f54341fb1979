/** Headers as a flat list of names and values in turn, as they go over the wire: order, spelling and repetitions count. */
export type HeaderList = readonly string[];

/** The same headers as Node's client takes them: names in lower case, repeated ones as arrays. */
export const headersByName = (list: HeaderList): { [name: string]: string | string[] } => {
  const headers: { [name: string]: string | string[] } = {};
  for (let at = 0; at < list.length; at += 2) {
    const name = (list[at] ?? '').toLowerCase();
    const value = list[at + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
};

/** The values of the header called `name`, in lower case, joined as RFC 9110 §5.2 has it; `undefined` when there is none. */
export const headerIn = (list: HeaderList, name: string): string | undefined => {
  let found: string | undefined;
  for (let at = 0; at < list.length; at += 2) {
    const raw = list[at] ?? '';
    if (raw.length !== name.length || raw.toLowerCase() !== name) continue;
    const value = list[at + 1] ?? '';
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
};
