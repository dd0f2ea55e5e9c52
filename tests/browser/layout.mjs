// What can be measured of a page's layout: that it is no wider than the window, and that no text lies upon another. How a
// page looks is not for a program to say.

/** Texts are apart when no more than this is shared: pixels, both ways. */
const SLACK = 2;

/** What is folded away, but for the menus of rows: these are meant to lie upon what is below them. */
const FOLDED = 'details:not([open], .acts > details)';

/** What is wrong with the layout of a page, a line each: as it is, and with everything unfolded, as it then stays. */
export async function layout(page) {
  const found = await measured(page);
  const folded = await page.evaluate((folded) => {
    const all = [...document.querySelectorAll(folded)];
    all.forEach((one) => { one.open = true; });
    return all.length;
  }, FOLDED);
  return folded === 0 ? found : [...new Set([...found, ...(await measured(page))])];
}

const measured = (page) => page.evaluate(measure, SLACK);

/** Texts that stick out, and pairs of texts that lie upon each other. Runs in the page. */
function measure(slack) {
  // What an element cuts off is not seen: of each text that part counts which all elements around it show.
  const clips = new Map();
  const clip = (element) => {
    if (!element) return { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    if (clips.has(element)) return clips.get(element);
    const style = getComputedStyle(element);
    let shown = clip(element.parentElement);
    if (style.clipPath !== 'none' || style.visibility === 'hidden') shown = { left: 0, top: 0, right: 0, bottom: 0 };
    else if (style.overflow !== 'visible') shown = common(shown, element.getBoundingClientRect());
    clips.set(element, shown);
    return shown;
  };
  const common = (a, b) => ({
    left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
  });
  const shared = (a, b) => {
    const both = common(a, b);
    return both.right - both.left > slack && both.bottom - both.top > slack;
  };
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const folded = parent.localName === 'details' && !parent.open;
    if (!node.data.trim() || folded || !parent.checkVisibility() || getComputedStyle(parent).color === 'rgba(0, 0, 0, 0)') continue;
    range.selectNodeContents(node);
    const shown = clip(parent);
    for (const rect of range.getClientRects()) {
      // The box of a line of text is higher than its letters, and may reach into its neighbour's.
      const spare = rect.height / 5;
      const letters = { left: rect.left, top: rect.top + spare, right: rect.right, bottom: rect.bottom - spare };
      const box = common(letters, shown);
      if (box.right > box.left && box.bottom > box.top) boxes.push({ ...box, node });
    }
  }
  const named = ({ node }) => {
    const { localName, parentElement: around, className } = node.parentElement;
    return `"${node.data.trim().slice(0, 30)}" (${around.localName} ${localName}.${className})`;
  };
  const found = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) {
    const [out] = boxes.filter((box) => box.right > innerWidth).sort((a, b) => b.right - a.right).map(named);
    found.push(`the page is ${wide} px wider than the window: ${out ?? 'by no text'}`);
  }
  boxes.sort((a, b) => a.top - b.top);
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom - slack; j += 1) {
      if (boxes[i].node !== boxes[j].node && shared(boxes[i], boxes[j])) {
        found.push(`${named(boxes[i])} lies upon ${named(boxes[j])}`);
      }
    }
  }
  return found.slice(0, 5);
}
