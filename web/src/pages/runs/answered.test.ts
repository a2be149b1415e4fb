// What a service says of its refusal is found in the shapes that services use.
import { describe, expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import { lastRefusal, refusalOf } from './answered';

describe('why a service refused', () => {
  test.each([
    [
      { error_code: 'ITEM_NOT_FOUND', error_message: 'no such Item' },
      'ITEM_NOT_FOUND',
      'no such Item',
    ],
    [{ error: { code: 'card_declined', message: 'declined' } }, 'card_declined', 'declined'],
    [{ error: 'invalid_grant', error_description: 'expired' }, '', 'expired'],
    [{ error: 'unavailable' }, '', 'unavailable'],
    [{ type: 'about:blank', title: 'Not here', detail: 'it moved' }, '', 'it moved'],
    [{ code: 42, message: 'of a number' }, '', 'of a number'],
    ['plain words', '', 'plain words'],
    [{ what: 1 }, '', '{"what":1}'],
  ])('%j', (body, code, message) => {
    expect(refusalOf(body)).toEqual({ code, message });
  });

  test('nothing is said by an empty body, and by an answer that is no refusal', () => {
    expect(refusalOf('')).toBeUndefined();
    expect(refusalOf(null)).toBeUndefined();
    const ended = { type: 'AttemptEnded', response: { status: 200, body: { message: 'fine' } } };
    expect(lastRefusal([ended as unknown as Schemas['Transition']])).toBeUndefined();
  });
});
