// What completion offers at the end of an expression, and how it writes a name.
import { describe, expect, test } from 'vitest';
import { complete, openPlaceholder, type Language } from './completion';
import { parseJson, type JsonObject } from './json';

const data = {
  workflow: { input: { user_id: 'u', 'last name': 'x', items: [{ price: 1 }, { price: 2 }] } },
  Ask: { output: { approved: true } },
  'Get user': { output: { body: { id: parseJson('12345678901234567890') } } },
  $: { body: 1 },
} as JsonObject;

function written(language: Language, text: string): string[] {
  const found = complete(language, data, text);
  return (found?.options ?? []).map(
    (one) => text.slice(0, found!.from) + String(one.apply ?? one.label),
  );
}

describe('completion', () => {
  test('offers the names at the root', () => {
    expect(written('path', '')).toEqual(
      expect.arrayContaining(['workflow', 'Ask', "['Get user']"]),
    );
    expect(written('path', 'As')).toContain('Ask');
    expect(written('jsonata', '$sum(')).toContain('$sum(`Get user`');
  });

  test('follows names, brackets and lists', () => {
    expect(written('path', 'workflow.')).toEqual(['workflow.input']);
    expect(written('path', 'workflow.input.us')).toEqual(
      expect.arrayContaining(['workflow.input.user_id', "workflow.input['last name']"]),
    );
    expect(written('path', "['Get user'].output.body.")).toEqual(["['Get user'].output.body.id"]);
    expect(written('path', "['Get us")).toContain("['Get user']");
    expect(written('path', 'workflow.input.items[0].')).toEqual(['workflow.input.items[0].price']);
    expect(written('path', 'workflow.input.items[*].pr')).toEqual([
      'workflow.input.items[*].price',
    ]);
    expect(written('path', 'workflow.input.items.')).toContain('workflow.input.items[0]');
    expect(written('jsonata', 'x + `Get user`.output.')).toEqual(['x + `Get user`.output.body']);
    expect(written('jsonata', 'workflow.input.items.pr')).toEqual(['workflow.input.items.price']);
    expect(written('javascript', '1 < $.')).toEqual(['1 < $.body']);
  });

  test('offers nothing behind what is not there', () => {
    expect(written('path', 'nobody.')).toEqual([]);
    expect(written('path', 'Ask.output.approved.')).toEqual([]);
  });
});

test('a placeholder is open until its brace', () => {
  expect(openPlaceholder('a ${work')).toBe(4);
  expect(openPlaceholder('a ${work}')).toBe(undefined);
  expect(openPlaceholder('${a} ${b')).toBe(7);
  expect(openPlaceholder('$${a')).toBe(undefined);
  expect(openPlaceholder('plain')).toBe(undefined);
});
