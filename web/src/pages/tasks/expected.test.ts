// The form of a task is what the rest of its definition reads from it.
import { describe, expect, test } from 'vitest';
import { expectedFields, formFields, givenInput } from './expected';

const definition = {
  name: 'Refund',
  startTask: 'Check it',
  tasks: {
    'Check it': { type: 'Simple', nextTask: 'Which' },
    Which: {
      type: 'Decision',
      choices: [
        { condition: "$.approved === true && $.amount > 10 && $.way === 'bank'", nextTask: 'Pay' },
        { condition: "$.way === 'card' || !$.urgent", nextTask: 'Pay' },
      ],
      defaultTask: 'Again',
    },
    Again: {
      type: 'Decision',
      choices: [{ condition: "tasks['Check it'].output.again", nextTask: 'Pay' }],
      defaultTask: 'No',
    },
    Pay: {
      type: 'Parallel',
      branches: [
        {
          startTask: 'Send',
          tasks: {
            Send: {
              type: 'Http',
              end: true,
              inputParameters: {
                note: "For ${['Check it'].output.note}",
                amount: "${jsonata: $.'Check it'.output['amount'] * 2}",
                other: '${Which.output.nothing}',
              },
              httpRequest: { url: 'https://example.com/${note}' },
            },
          },
        },
      ],
      nextTask: 'No',
    },
    No: { type: 'Terminate', terminationStatus: 'Completed' },
  },
};

describe('what a definition expects of a task', () => {
  test('comes from conditions and expressions, with the kind that they take it for', () => {
    expect(expectedFields(definition, 'Check it')).toEqual([
      { name: 'approved', kind: 'boolean', options: [] },
      { name: 'amount', kind: 'number', options: [] },
      { name: 'way', kind: 'text', options: ['bank', 'card'] },
      { name: 'urgent', kind: 'boolean', options: [] },
      { name: 'again', kind: 'boolean', options: [] },
      { name: 'note', kind: 'text', options: [] },
    ]);
  });

  test('of a name that is part of another one is not mixed up', () => {
    const other = {
      ...definition,
      tasks: { it: { type: 'Simple', end: true }, 'Check it': definition.tasks.Pay },
    };
    expect(expectedFields(other, 'it')).toEqual([]);
  });

  test('is the input, when nothing is read from the task', () => {
    const input = givenInput({ days: 3, who: 'Ada', ok: true, lines: [1], 'swf:taskName': 'Ask' });
    expect(formFields(null, 'Ask', input).map(({ name, kind }) => [name, kind])).toEqual([
      ['days', 'number'],
      ['who', 'text'],
      ['ok', 'boolean'],
      ['lines', 'json'],
    ]);
  });
});
