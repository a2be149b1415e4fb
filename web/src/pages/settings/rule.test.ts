import { expect, test } from 'vitest';
import { quoted } from '../../parts/quoted';
import { meaningOf } from './rule';

test('a rule of the egress policy says what it opens', () => {
  const meanings = {
    '127.0.0.1:9000': 'the address 127.0.0.1, port 9000',
    '10.1.0.0/16': 'every address in 10.1.0.0/16, every port',
    'fd00::/8': 'every address in fd00::/8, every port',
    '::1': 'the address ::1, every port',
    '[::1]:9000': 'the address ::1, port 9000',
    'build.internal': 'the host named build.internal, whatever its address, every port',
    'build.internal:8443': 'the host named build.internal, whatever its address, port 8443',
  };
  for (const [rule, meaning] of Object.entries(meanings)) {
    expect(meaningOf(rule)).toBe(meaning);
  }
});

test('a word for the shell is quoted where it must be', () => {
  expect(quoted('/var/lib/tartan')).toBe('/var/lib/tartan');
  expect(quoted('/home/a b/data')).toBe("'/home/a b/data'");
  expect(quoted("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  expect(quoted('')).toBe("''");
});
