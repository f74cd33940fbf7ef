"""A headless browser of Debian's on the admin listener's page."""

import json

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .waiting import until

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en")

# The ratio of every text's colour to what is behind it (WCAG 2.2, 1.4.3), for texts that can be seen.
CONTRASTS = """
const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
const light = ({ rgb: [r, g, b] }) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(node.tagName)) continue;
  let behind = node;
  while (behind && parse(getComputedStyle(behind).backgroundColor).a < 1) behind = behind.parentElement;
  const one = light(parse(getComputedStyle(node).color));
  const other = light(parse(getComputedStyle(behind).backgroundColor));
  found.push([(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), walker.currentNode.textContent.trim()]);
}
return found;
"""

# What a person can go to by keyboard: every control that is shown and can be used.
CONTROLS = """
return [...document.querySelectorAll('a[href], button:not(:disabled), input:not(:disabled), select, summary')]
  .filter((one) => one.checkVisibility()).length;
"""

FOCUSED = """
const one = document.activeElement;
if (one === document.body) return null;
return { outline: getComputedStyle(one).outlineStyle, text: one.textContent || one.name || one.type };
"""


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))

    def close(self):
        self.driver.quit()

    def open(self, url, hash="#/"):
        """Always a new document."""
        self.driver.get("about:blank")
        self.driver.get(f"{url}/{hash}")
        self.await_text("h1", "")

    def go(self, hash):
        self.driver.execute_script("location.hash = arguments[0]", hash)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector="body"):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? null", selector)

    def await_text(self, selector, part):
        until(lambda: part in (self.text(selector) or "") and self.text(selector) is not None,
              lambda: f"'{part}' in {selector}; there is {self.text(selector)!r}; {self.complaints()}")
        return self.text(selector)

    def click(self, selector):
        """As a person does: on something that is shown and not covered."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def button(self, text):
        """The button shown with this beginning of its words."""
        shown = [one for one in self.driver.find_elements(By.TAG_NAME, "button") if one.is_displayed() and one.text.startswith(text)]
        assert len(shown) == 1, f"{len(shown)} buttons '{text}'"
        return shown[0]

    def press(self, key):
        self.driver.switch_to.active_element.send_keys(key)

    def appear(self, scheme, width=1280, height=900):
        """Light or dark, and how wide."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def overflow(self):
        """Pixels by which the page is wider than its window."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def contrasts(self):
        return [(ratio, text) for ratio, text in self.run(CONTRASTS)]

    def walk(self):
        """Goes through a new document by Tab until it ends: each place's outline and words, and how many controls there are."""
        places = []
        for _ in range(400):
            self.press(Keys.TAB)
            focused = self.run(FOCUSED)
            if focused is None or (places and self.run("return document.activeElement.id") == "skip"):
                break
            places.append(focused)
        return places, self.run(CONTROLS)

    def complaints(self):
        """What the console holds since it was last asked: errors and refusals by policy."""
        return [json.dumps(entry) for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
