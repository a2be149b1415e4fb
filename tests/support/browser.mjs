// Debian's Chromium on a server of its own, driven as a person would: by what is read on the page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { repositoryRoot } from './server.mjs';

const axeSource = readFileSync(
  path.join(repositoryRoot, 'tests', 'node_modules', 'axe-core', 'axe.min.js'),
  'utf8',
);

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.TARTAN_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

// A page whose errors fail the test: of scripts, of the content policy, of other hosts asked.
export async function openPage(browser, server, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== server.workbench) {
      faults.push(`another host was asked: ${request.url()}`);
    }
  });
  return { page, context, faults };
}

// Serious violations that axe-core finds on the page as it stands.
export async function accessibilityProblems(page) {
  await page.evaluate(`${axeSource}; undefined`);
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return found.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  });
  return violations;
}

export async function signInByToken(page, server) {
  await page.goto(`${server.workbench}/`);
  await page.getByLabel('Personal access token').fill(server.pat);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Start' }).waitFor();
}

// A picture of the page in the folder that TARTAN_SCREENSHOTS names, when it does.
export async function picture(page, name) {
  const folder = process.env.TARTAN_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

export function assertNone(faults, what) {
  assert.deepEqual(faults, [], what);
}
