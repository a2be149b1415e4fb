// A pointer of the server finds its task and its place in the text; a text that would lose something
// is no definition.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeStep, printJson } from '../../parts/json';
import { anyTask, someDefinition, someName } from './arbitraries';
import { placeIn } from './definition';
import { rangesOf, readDefinition } from './document';

describe('a pointer of the server', () => {
  test('finds its task, and its place in the text', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), (definition, at) => {
        const { place } = anyTask(definition, at);
        const pointer = `${place}/type`;
        expect(placeIn(definition, pointer)).toBe(place);
        const text = printJson(definition);
        const [range] = rangesOf(text, [pointer]);
        expect(text.slice(range!.from, range!.to)).toBe('"type"');
      }),
    );
  });

  test('into something broken or absent is the deepest part that is there', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), someDefinition, (text, pointer, definition) => {
        const [range] = rangesOf(text, [`/${pointer}`]);
        expect(range!.from).toBeGreaterThanOrEqual(0);
        expect(range!.to).toBeLessThanOrEqual(text.length);
        expect(() => placeIn(definition, `/tasks/${pointer}`)).not.toThrow();
      }),
    );
  });
});

test('a name that stands twice in an object is told, wherever it is', () => {
  fc.assert(
    fc.property(someDefinition, someName, fc.boolean(), (definition, name, isTwice) => {
      const key = JSON.stringify(name);
      const inner = `{${key}: 1${isTwice ? `, ${key}: 2` : ''}}`;
      const text = printJson({ ...definition, metadata: 'HERE' }).replace('"HERE"', () => inner);
      expect('wrong' in readDefinition(text)).toBe(isTwice);
    }),
  );
});

test('what is no definition says why', () => {
  for (const text of ['', '{', '[]', 'null', '{"tasks": []}', '{"tasks": {"a": 1}}']) {
    expect(readDefinition(text)).toHaveProperty('wrong');
  }
  expect(escapeStep('a/b~')).toBe('a~1b~0');
});
