// Ways to choose a stretch of time in the histogram: by the mouse, by a finger, by the arrow keys.

import { bars } from './explore.mjs';

/** A handle, by how its name begins. */
export const handle = (page, name) => page.getByRole('slider', { name });

/** The middle of a bar. */
export async function middle(page, bar) {
  await page.locator('.plot').scrollIntoViewIfNeeded();
  const { x, y, width, height } = await page.locator('.plot').boundingBox();
  const count = (await bars(page)).length;
  return { x: x + ((bar + 0.5) / count) * width, y: y + height / 3 };
}

/** Drags from one bar to another. */
export async function drag(page, from, to) {
  const [a, b] = [await middle(page, from), await middle(page, to)];
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x) / 2, a.y, { steps: 4 });
  await page.mouse.move(b.x, b.y, { steps: 4 });
  await page.mouse.up();
}

/** The same by a finger. */
export async function swipe(page, from, to) {
  const [a, b] = [await middle(page, from), await middle(page, to)];
  const session = await page.context().newCDPSession(page);
  const touch = (type, ...touchPoints) => session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', a);
  for (let i = 1; i <= 6; i += 1) await touch('touchMove', { x: a.x + ((b.x - a.x) * i) / 6, y: a.y });
  await touch('touchEnd');
  await session.detach();
}

/** The same by the handles. */
export async function arrows(page, from, to) {
  const last = Number(await handle(page, /^End/).getAttribute('aria-valuemax'));
  await handle(page, /^Begin/).focus();
  for (let i = 0; i < from; i += 1) await page.keyboard.press('ArrowRight');
  await handle(page, /^End/).focus();
  for (let i = last; i > to + 1; i -= 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
}
