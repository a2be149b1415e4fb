// Looks for what must not be readable: a value in any form in which it could be written down.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const uuidForm = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

// Base64 of some bytes in the middle of others depends on where they begin. For each of the three
// positions: the characters that no neighbouring byte touches.
function base64Forms(bytes) {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = Math.floor(padded.length / 3) * 3;
    const text = padded.subarray(0, whole).toString('base64');
    const inner = text.slice(offset === 0 ? 0 : 4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function integerForms(digits) {
  const number = BigInt(digits);
  const bigEndian = Buffer.alloc(8);
  bigEndian.writeBigUInt64BE(number);
  const littleEndian = Buffer.from(bigEndian).reverse();
  // SQLite stores an integer in the fewest of 1, 2, 3, 4, 6 or 8 bytes, big-endian.
  const significant = bigEndian.subarray(bigEndian.findIndex((byte) => byte !== 0));
  return significant.length < 5 ? [] : [significant, bigEndian, littleEndian];
}

// Every form of one value: [{form, bytes}]. Forms under 5 bytes are left out: they would be found
// by chance.
function formsOf(value) {
  const bytes = Buffer.from(value, 'utf8');
  const hex = bytes.toString('hex');
  const forms = [
    ['as it is', bytes],
    ['in UTF-16', Buffer.from(value, 'utf16le')],
    ['in hex', Buffer.from(hex)],
    ['in capital hex', Buffer.from(hex.toUpperCase())],
    ['reversed', Buffer.from(bytes).reverse()],
    ...base64Forms(bytes).map((text) => ['in base64', Buffer.from(text)]),
  ];
  const escaped = JSON.stringify(value).slice(1, -1);
  const ascii = escaped.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (ascii !== value) forms.push(['JSON-escaped', Buffer.from(ascii)]);
  const uuid = uuidForm.exec(value)?.[0];
  if (uuid !== undefined) {
    const uuidHex = uuid.replaceAll('-', '');
    const uuidBytes = Buffer.from(uuidHex, 'hex');
    forms.push(
      ['the uuid alone', Buffer.from(uuid)],
      ['the uuid without dashes', Buffer.from(uuidHex)],
      ['the uuid in capitals', Buffer.from(uuid.toUpperCase())],
      ['the uuid as bytes', uuidBytes],
      ...base64Forms(uuidBytes).map((text) => ['the uuid’s bytes in base64', Buffer.from(text)]),
    );
  }
  if (/^\d{1,19}$/.test(value)) {
    forms.push(...integerForms(value).map((form) => ['as an integer', form]));
  }
  return forms
    .filter(([, form]) => form.length >= 5)
    .map(([form, formBytes]) => ({
      form,
      bytes: formBytes,
    }));
}

// A number that is stored as a double, and as whole cents.
export function amountForms(amount) {
  const double = Buffer.alloc(8);
  double.writeDoubleBE(amount);
  return [
    { form: 'as text', bytes: Buffer.from(String(amount)) },
    { form: 'as a double', bytes: double },
    { form: 'as a little-endian double', bytes: Buffer.from(double).reverse() },
    { form: 'in cents', bytes: Buffer.from(String(Math.round(amount * 100))) },
  ];
}

// What to look for: {name of the thing: value or list of values}. Amounts are numbers.
export class Traces {
  #needles;

  constructor(things) {
    this.#needles = Object.entries(things).flatMap(([thing, value]) =>
      [value].flat().flatMap((one) => {
        if (one === undefined || one === '') throw new Error(`nothing to look for as ${thing}`);
        const forms = typeof one === 'number' ? amountForms(one) : formsOf(one);
        return forms.map((form) => ({ thing, ...form }));
      }),
    );
  }

  // "thing, form" for each that is found in `bytes`.
  foundIn(bytes) {
    const found = this.#needles.filter((needle) => bytes.includes(needle.bytes));
    return [...new Set(found.map(({ thing, form }) => `${thing}, ${form}`))];
  }

  // The same over all files below `directory`: "file: thing, form". A file that goes away meanwhile
  // holds nothing any more.
  foundBelow(directory) {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        let bytes;
        try {
          bytes = readFileSync(file);
        } catch (error) {
          if (error.code === 'ENOENT') return [];
          throw error;
        }
        const name = path.relative(directory, file);
        return this.foundIn(Buffer.concat([Buffer.from(`${name}\0`), bytes])).map(
          (what) => `${name}: ${what}`,
        );
      });
  }
}
