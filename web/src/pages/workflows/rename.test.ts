// A renamed task in expressions: written in every way that the languages know, a reference follows;
// a text, a field of the data or another task's name that looks alike does not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inBrackets, isPlainName, partsOf } from '../../parts/expressions';
import type { Definition } from './definition';
import { renameTask } from './edits';
import { renameInCondition, renameInJsonata, renameInPath, renameInTemplate } from './rename';

const names = fc.constantFrom(
  'Ask',
  'Get user',
  "it's",
  'a"b',
  'Größe',
  'x-1',
  '0',
  '`tick',
  'a\\b',
  '}',
  '${x}',
  'and',
);
const pair = fc.tuple(names, names).filter(([a, b]) => a !== b);

const inDouble = (name: string) => `[${JSON.stringify(name)}]`;

// One placeholder or text as it is written with a name, and what it must be with another.
type Written = (name: string) => string;
const first: Written = (name) => (isPlainName(name) ? name : inBrackets(name));
const behindRoot: Written = (name) => (isPlainName(name) ? `.${name}` : inBrackets(name));

const rest = fc.constantFrom(
  '',
  '.output',
  '.output.body[0].Ask',
  ".input['Ask']",
  '.output[?@.Ask == 1]',
  '.output["}"]',
);
const path: fc.Arbitrary<Written> = rest.chain((tail) =>
  fc.constantFrom<Written>(
    (name) => `\${${first(name)}${tail}}`,
    (name) => `\${ $${behindRoot(name)}${tail} }`,
    (name) => `\${workflow.input.items[?@.id == $${behindRoot(name)}.output.id]}`,
  ),
);
const back = (name: string) => (isPlainName(name) && name !== 'and' ? name : `\`${name}\``);
const jsonata: fc.Arbitrary<Written> = fc.constantFrom<Written>(
  (name) => `\${jsonata: $sum(${back(name)}.output.prices) }`,
  (name) => `\${jsonata: {"Ask": ${back(name)}.output, "b": [${back(name)}.input, 'Ask']}}`,
  (name) => `\${jsonata: workflow.input.x[Ask.y = $$.${back(name)}.output.z]}`,
  (name) => `\${jsonata: /* Ask */ (${back(name)}.status = "Ask") ? other.Ask : 1}`,
);
const fixed: fc.Arbitrary<Written> = fc
  .constantFrom(
    'Ask',
    ' and Ask.output ',
    '$${Ask.output}',
    '${workflow.input.Ask}',
    "${['Ask2'].output}",
    '${AskMe.output}',
    '${variables.Ask}',
  )
  .map((one) => () => one);

describe('a renamed task', () => {
  test('is followed by every reference in texts, and by nothing else', () => {
    fc.assert(
      fc.property(pair, fc.array(fc.oneof(path, fixed), { maxLength: 6 }), ([from, to], pieces) => {
        const made = pieces.map((piece) => piece(from)).join('');
        expect(renameInTemplate(made, from, to)).toBe(pieces.map((piece) => piece(to)).join(''));
      }),
    );
  });

  test('is followed in JSONata where the whole is read', () => {
    const quotable = pair.filter(([a, b]) => !`${a}${b}`.includes('`'));
    fc.assert(
      fc.property(quotable, fc.array(jsonata, { maxLength: 4 }), ([from, to], pieces) => {
        // The texts above speak of fields called Ask, too.
        const made = pieces.map((piece) => piece(from)).join(' ');
        expect(renameInTemplate(made, from, to)).toBe(pieces.map((piece) => piece(to)).join(' '));
      }),
    );
  });

  test('may be quoted in other ways, and is read all the same', () => {
    fc.assert(
      fc.property(pair, ([from, to]) => {
        expect(renameInPath(`${inDouble(from)}.output`, from, to)).toBe(`${first(to)}.output`);
        expect(renameInPath(`$${inDouble(from)}.output`, from, to)).toBe(
          `$${behindRoot(to)}.output`,
        );
        expect(renameInJsonata(`$.${JSON.stringify(from)}.output`, from, to)).not.toContain(
          `${JSON.stringify(from)}.`,
        );
      }),
    );
  });

  test('is left where JSONata reads a field of something else', () => {
    for (const text of [
      'workflow.input.Ask',
      'items[Ask = 1]',
      'items.(Ask)',
      'items{Ask: 1}',
      'items^(Ask)',
      'Other.Ask',
      "'Ask'",
      '$Ask',
      'Ask(1)',
      'workflow.input ~> |items|{"a": Ask}|',
      'items.$.Ask',
      '/Ask/',
      'items.{"a": Ask}',
    ]) {
      expect(renameInJsonata(text, 'Ask', 'New')).toBe(text);
    }
  });

  test('is followed in conditions as a member of tasks', () => {
    const cases: [string, string][] = [
      ["tasks['Ask'].output.x > 1", "tasks['New'].output.x > 1"],
      ['tasks["Ask"].output', "tasks['New'].output"],
      ['tasks.Ask.output && tasks?.Ask', 'tasks.New.output && tasks?.New'],
      ["tasks?.['Ask']", "tasks?.['New']"],
      ['$.tasks.Ask', '$.tasks.Ask'],
      ["'tasks.Ask' + input.Ask", "'tasks.Ask' + input.Ask"],
      ['/* tasks.Ask */ tasks.AskMe // tasks.Ask', '/* tasks.Ask */ tasks.AskMe // tasks.Ask'],
    ];
    for (const [before, after] of cases) {
      expect(renameInCondition(before, 'Ask', 'New')).toBe(after);
    }
    expect(renameInCondition('tasks.Ask.output', 'Ask', 'Get user')).toBe(
      "tasks['Get user'].output",
    );
  });

  test('is followed in every field that reads tasks, in branches, too, but not in requests', () => {
    const read = (name: string): Definition => ({
      name: 'made',
      startTask: name,
      tasks: {
        [name]: { type: 'Http', httpRequest: { url: '${Ask}' }, nextTask: 'P' },
        P: {
          type: 'Parallel',
          branches: [
            {
              startTask: 'W',
              tasks: { W: { type: 'Wait', secondsExpression: `\${${name}.output.s}`, end: true } },
            },
          ],
          nextTask: 'D',
        },
        D: {
          type: 'Decision',
          choices: [{ condition: `tasks.${name}.output`, nextTask: 'T' }],
          defaultTask: 'T',
        },
        T: {
          type: 'Terminate',
          inputParameters: { a: [{ b: `x \${${name}.output.s}` }] },
          workflowOutput: { a: `\${${name}.output}` },
        },
      },
    });
    expect(renameTask(read('Ask'), '/tasks/Ask', 'New')).toEqual(read('New'));
  });
});

test('the parts of a text are all of it, in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('$', '{', '}', '$${', '${', 'a', "'", '`', '/', ' jsonata:', '\\'), {
        maxLength: 30,
      }),
      (pieces) => {
        const text = pieces.join('');
        const parts = partsOf(text);
        expect(parts.map((part) => text.slice(part.from, part.to)).join('')).toBe(text);
        expect(renameInTemplate(text, 'nobody', 'other')).toBe(text);
      },
    ),
  );
});
