"""A real browser for the tests that look at pages, and what is asked of every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Contrast by WCAG 2.2 of every visible text against the nearest background that is not transparent. It compares
# luminance alone, so what passes is readable without colour.
CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const faults = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    if (!own || !node.offsetParent || node.closest('svg')) continue;
    let ground = node, colour;
    do { colour = rgb(getComputedStyle(ground).backgroundColor); ground = ground.parentElement; }
    while (ground && colour[3] === 0);
    if (colour[3] === 0) colour = [255, 255, 255];
    const [a, b] = [lum(rgb(getComputedStyle(node).color)), lum(colour)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faults.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 20)}`);
  }
  return faults;
}"""


@contextmanager
def chromium(require: Callable[[str, bool, str], None]) -> Iterator[Browser]:
    """Chromium, or a skip where it is missing (see tests/conftest.py)."""
    require("chromium", CHROMIUM.exists(), "apt-get install chromium")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()
