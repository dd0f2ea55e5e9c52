// Runs the tests of the site in a real browser, one file after the other:
//
//   npm install --no-package-lock --prefix MODULES    (in a folder MODULES, with a copy of package.json)
//   WORKHOURS_TEST_BROWSER=MODULES WORKHOURS_BIN=target/debug/workhours node tests/browser/run.mjs [NAME ...]
//
// A NAME is that of a file, such as `axe`; without one all are run. Chromium is at /usr/bin/chromium or where
// WORKHOURS_TEST_CHROMIUM says. Exits with 0 when all is well, 1 when not, and 77, with a line that begins with SKIPPED,
// when something that is needed is not there.

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { missing } from './kit.mjs';

const SKIPPED = 77;

const lacks = missing();
if (lacks.length > 0) {
  console.log(`SKIPPED: the tests in a browser: ${lacks.join('; ')}`);
  process.exit(SKIPPED);
}
const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const known = readdirSync(here).filter((name) => name.endsWith('.test.mjs'));
const files = known.filter((name) => wanted.length === 0 || wanted.includes(name.replace('.test.mjs', '')));
if (files.length < wanted.length || files.length === 0) {
  console.error(`there are ${known.join(', ')}`);
  process.exit(1);
}
// A browser at a time: these tests share the machine with others.
run({ files: files.map((name) => join(here, name)), concurrency: 1, timeout: 600_000 })
  .on('test:fail', () => { process.exitCode = 1; })
  .compose(spec)
  .pipe(process.stdout);
