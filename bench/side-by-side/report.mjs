// Medians, spreads and the Markdown that they are told in.

import { execFileSync } from 'node:child_process';
import {
  closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// Keeps a report in its file and prints it.
export function tell(file, report) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, report);
  process.stdout.write(report);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function rounded(number) {
  if (number >= 100) return Math.round(number).toLocaleString('en-US');
  return number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

// "12,345 (11,900 to 12,800)": the median and what the rounds ranged over.
export function withSpread(numbers) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return `${rounded(median(numbers))} (${rounded(low)} to ${rounded(high)})`;
}

export const ratio = (number) => `${number.toFixed(2)}x`;

export function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

// What a target asks and whether it was met; a miss says by how much.
export function verdict(value, target, kind) {
  const met = kind === 'at least' ? value >= target : value <= target;
  if (met) return 'met';
  const miss = kind === 'at least' ? 1 - value / target : value / target - 1;
  return `missed by ${Math.round(miss * 100)}%`;
}

const firstMatch = (text, pattern) => pattern.exec(text)?.[1]?.trim() ?? 'unknown';

// The time of one small durable write, which bounds whoever commits one request at a time.
function syncMs(directory) {
  const file = path.join(directory, 'sync-probe');
  const descriptor = openSync(file, 'w');
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () => {
    writeSync(descriptor, page);
    const startedAt = performance.now();
    fdatasyncSync(descriptor);
    return performance.now() - startedAt;
  });
  closeSync(descriptor);
  rmSync(file);
  return median(times);
}

export function describeMachine(directory) {
  const cpuInfo = readFileSync('/proc/cpuinfo', 'utf8');
  const version = (command, args) => execFileSync(command, args, { encoding: 'utf8' });
  const fileSystem = version('stat', ['-f', '-c', '%T', directory]).trim();
  return {
    fileSystem,
    lines: [
      `- CPU: ${firstMatch(cpuInfo, /model name\s*:\s*(.*)/)}, ${os.cpus().length} cores`,
      `- Memory: ${Math.round(os.totalmem() / 2 ** 30)} GiB; kernel ${os.release()}`,
      `- Data on ${fileSystem}; one 4 KiB write and fdatasync: ${syncMs(directory).toFixed(2)} ms`,
    ],
  };
}
