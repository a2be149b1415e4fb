// The texts that hold expressions, read as the server reads them (src/script/template.cpp):
// "${path}", "${jsonata: expression}" and "$${...}" for a literal "${...}".
export type Part =
  | { kind: 'text'; from: number; to: number }
  | { kind: 'escape'; from: number; to: number }
  | { kind: 'path' | 'jsonata'; from: number; to: number; inner: number; expression: string };

const expectsValue = (before: string) => '(,[{=~&|?;:+-*/<>!^%'.includes(before);

// Behind a regular expression of JSONata: the first slash that is neither escaped nor in brackets.
export function regexEnd(text: string, at: number): number {
  let depth = 0;
  for (let i = at + 1; i < text.length; ++i) {
    const c = text[i]!;
    if (c === '\\') {
      ++i;
    } else if (c === '/' && depth === 0) {
      return i;
    } else if ('([{'.includes(c)) {
      ++depth;
    } else if (')]}'.includes(c)) {
      --depth;
    }
  }
  return text.length;
}

// The last character of a comment or regular expression that begins at `at`; `at` when none does.
export function skipSlash(text: string, at: number, before: string): number {
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 1;
  }
  return before === '' || expectsValue(before) ? regexEnd(text, at) : at;
}

function findEnd(text: string, from: number): number {
  const isJsonata = /^[ \t\r\n]*jsonata:/.test(text.slice(from, from + 200));
  let depth = 1;
  let quote = '';
  let before = '\0';
  for (let at = from; at < text.length; ++at) {
    const c = text[at]!;
    if (quote !== '') {
      if (c === '\\') {
        ++at;
      } else if (c === quote) {
        quote = '';
      }
    } else if (c === "'" || c === '"' || c === '`') {
      quote = c;
    } else if (c === '/' && isJsonata) {
      at = skipSlash(text, at, before);
    } else if (c === '{') {
      ++depth;
    } else if (c === '}' && --depth === 0) {
      return at;
    }
    if (!' \t\r\n'.includes(c)) {
      before = c;
    }
  }
  return -1;
}

// A placeholder that does not close is text here: the server says what is wrong with it.
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let plain = 0;
  const endText = (to: number) => {
    if (to > plain) {
      parts.push({ kind: 'text', from: plain, to });
    }
  };
  for (let at = 0; ;) {
    const open = text.indexOf('${', at);
    if (open < 0) {
      break;
    }
    const close = findEnd(text, open + 2);
    if (open > at && text[open - 1] === '$') {
      const to = close < 0 ? open + 2 : close + 1;
      endText(open - 1);
      parts.push({ kind: 'escape', from: open - 1, to });
      at = plain = to;
      continue;
    }
    if (close < 0) {
      break;
    }
    endText(open);
    const raw = text.slice(open + 2, close);
    const blank = raw.length - raw.trimStart().length;
    const trimmed = raw.trim();
    const isJsonata = trimmed.startsWith('jsonata:');
    const head = isJsonata ? /^jsonata:\s*/.exec(trimmed)![0].length : 0;
    parts.push({
      kind: isJsonata ? 'jsonata' : 'path',
      from: open,
      to: close + 1,
      inner: open + 2 + blank + head,
      expression: trimmed.slice(head),
    });
    at = plain = close + 1;
  }
  endText(text.length);
  return parts;
}

export const isPlainName = (name: string) => /^[A-Za-z_]\w*$/.test(name);

// A name in brackets, as a path and JavaScript quote it.
export function inBrackets(name: string): string {
  const text = JSON.stringify(name).slice(1, -1);
  return `['${text.replaceAll("'", "\\'")}']`;
}

// What a quoted name says, or undefined when it is no text.
export function unquoted(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1).replace(/\\'|\\.|"/gs, (one) => {
    return one === "\\'" ? "'" : one === '"' ? '\\"' : one;
  });
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    return undefined;
  }
}
