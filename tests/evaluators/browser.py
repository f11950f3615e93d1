"""Debian's Chromium without a window, driven by selenium; it reaches no network."""

import base64
import contextlib
import importlib.resources
import json
import os

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

# What Chromium would do on its own besides showing the page, switched off.
QUIET = ("disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "no-first-run")

AXE = importlib.resources.files("axe_core_python") / "axe.min.js"


class Page:
    """A file opened in a browser of its own."""

    def __init__(self, driver):
        self.driver = driver

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def resize(self, width):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def unfold(self):
        """Opens everything that is folded away."""
        self.script("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")

    def console(self):
        """What the browser had to say of the page since the last time: errors, and what the policy forbade."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Addresses of everything the page asked for."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def judged_by_axe(self):
        """What the rules of axe-core say of the page for readers who see or move little: contrast, names, landmarks, tables."""
        self.script(AXE.read_text())
        return self.driver.execute_async_script("axe.run().then(arguments[0])")

    def pdf(self):
        """The page as it is printed."""
        return base64.b64decode(self.command("Page.printToPDF", printBackground=True)["data"])


@contextlib.contextmanager
def opened(path, *, width=1280, dark=False, scripts=True, media=""):
    """The page at `path`, as on a screen `width` CSS pixels wide."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    options.add_argument("--headless=new")
    options.add_argument("--disable-gpu")
    # Scroll bars that take no room, as on a phone, so that `width` is what the page has.
    options.add_argument("--hide-scrollbars")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    for switch in QUIET:
        options.add_argument(f"--{switch}")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox refuses to run as root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    # The rules for readers look at every element of a long page, which takes a busy machine longer than the usual half minute.
    driver.set_script_timeout(240)
    try:
        page = Page(driver)
        page.resize(width)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        page.command("Emulation.setEmulatedMedia", media=media, features=[scheme, still])
        page.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        driver.get(path.as_uri())
        yield page
    finally:
        driver.quit()
