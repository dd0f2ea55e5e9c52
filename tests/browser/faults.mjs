// Faults of the site that are known and not yet mended. Each is told at every run, and one that is not found any more
// fails the run until it is struck off here. An empty list is how it should be.

/**
 * `test` is the file that finds it, `rule` one of axe's or of that file, `target` is contained in what it is found at,
 * and `mend` is what would help.
 */
export const FAULTS = [];

const met = new Set();

/** Whether this is a known fault; if so, it is told. */
export function known(test, rule, where, t) {
  const fault = FAULTS.find((one) => one.test === test && one.rule === rule && where.includes(one.target));
  if (!fault) return false;
  met.add(fault);
  t.diagnostic(`KNOWN FAULT: ${rule} at ${where.split('\n')[0]}`);
  return true;
}

/** Known faults of a test that it has not met: they are mended. */
export const mended = (test) =>
  FAULTS.filter((one) => one.test === test && !met.has(one)).map(({ rule, target }) => `${rule} at ${target}: strike it off in faults.mjs`);
