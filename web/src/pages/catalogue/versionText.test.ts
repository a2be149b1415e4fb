import { expect, test } from 'vitest';
import { versionText } from './versionText';

test('a version that is a moment in long words is shown as its day', () => {
  const shown = {
    'Wed Oct 15 2025 13:53:19 GMT+0000 (Coordinated Universal Time)': '2025-10-15',
    'Fri Mar 1 2024 00:00:00 GMT+0000': '2024-03-01',
    '2020-09-14_1.334.0': '2020-09-14_1.334.0',
    'Wed Oct 99 2025 GMT': 'Wed Oct 99 2025 GMT',
    '10.0.0': '10.0.0',
  };
  for (const [version, text] of Object.entries(shown)) {
    expect(versionText(version)).toBe(text);
  }
});
