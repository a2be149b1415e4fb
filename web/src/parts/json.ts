// JSON as the pages hold it. An integer that a JavaScript number would round is kept as its text
// (JSON.rawJSON), so that what a page reads and writes again is what the server holds.
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

type Reviver = (name: string, value: Json, context?: { source: string }) => Json;
const exact = JSON as unknown as {
  parse(text: string, reviver: Reviver): Json;
  rawJSON?(text: string): Json;
  isRawJSON?(value: unknown): boolean;
};

// Only such a text may hold a number that is not kept as it is: 16 digits, or a large exponent.
const mayRound = /\d{16}|\d[eE]\+?\d{3}/;

function keep(_: string, value: Json, context?: { source: string }): Json {
  if (typeof value !== 'number' || context === undefined) {
    return value;
  }
  const isWhole = /^-?\d+$/.test(context.source);
  const isRounded = isWhole ? !Number.isSafeInteger(value) : !Number.isFinite(value);
  return isRounded ? exact.rawJSON!(context.source) : value;
}

export function parseJson(text: string): Json {
  if (!mayRound.test(text)) {
    return JSON.parse(text) as Json;
  }
  if (!exact.rawJSON) {
    JSON.parse(text);
    throw new Error(
      'This browser would round a number of 16 digits or more in it; a newer one keeps it.',
    );
  }
  return exact.parse(text, keep);
}

export function isExactNumber(value: unknown): value is JsonObject & { rawJSON: string } {
  return exact.isRawJSON?.(value) === true;
}

export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)
  );
}

export function printJson(value: Json | undefined): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

export const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const asList = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
// As a person reads it in a line of text.
export function shownText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

export const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

// An object with some fields set, and those that are undefined removed.
export function withFields(
  object: JsonObject,
  fields: { [name: string]: Json | undefined },
): JsonObject {
  const all = Object.entries({ ...object, ...fields });
  return Object.fromEntries(all.filter((one): one is [string, Json] => one[1] !== undefined));
}

// A step of a JSON pointer (RFC 6901), and back.
export const escapeStep = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
export const unescapeStep = (step: string) => step.replaceAll('~1', '/').replaceAll('~0', '~');

// `after`, with every part that is the same as before being the same object as before.
export function shared(before: Json | undefined, after: Json): Json {
  if (before === after) {
    return after;
  }
  if (isExactNumber(after)) {
    return isExactNumber(before) && before.rawJSON === after.rawJSON ? before : after;
  }
  if (Array.isArray(after) && Array.isArray(before)) {
    const made = after.map((one, index) => shared(before[index], one));
    return made.length === before.length && made.every((one, i) => one === before[i])
      ? before
      : made;
  }
  if (!isObject(after) || !isObject(before)) {
    return after;
  }
  const had = Object.keys(before);
  const made = Object.entries(after).map(([name, one]): [string, Json] => [
    name,
    shared(Object.hasOwn(before, name) ? before[name] : undefined, one),
  ]);
  const isSame =
    made.length === had.length &&
    made.every(([name, one], i) => name === had[i] && one === before[name]);
  return isSame ? before : Object.fromEntries(made);
}
