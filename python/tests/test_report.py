"""The report: what stands in the page, and what a browser makes of it."""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import time

import h5py
import pytest
from conftest import GRID, ROOT, SMALL, make, program

import mtsweep

MOUNT = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"

FULL = f"""
name: full
question: Does it work?
claim: r2 rises
expect:
  - ood_r2[tasks=5] - ood_r2[tasks=2] > 0
grid:
  arch: [rnn, lstm]
  tasks: [2, 5]
  seed: 0..1
set:{SMALL}
  batches: 60
measure: [pca, fixed_points, selectivity, sparsity]
"""

HOSTILE = f"""
name: hostile
question: "a & <b> {MOUNT.replace(chr(34), chr(92) + chr(34))}"
claim: "<!-- <script> ]]> & 'quoted'"
grid: {{tasks: [2, 5], learning_rate: [0.001, 10]}}
# </pre></details><script>document.title = 'taken'</script>
set:{SMALL}
  batches: 40
"""

VARIANTS = f"""
name: variants
zip:
  - {{sigma: [0.1, 0.3, 0.1, 0.1], tau: [100, 100, 250, 100], noise: [gauss, gauss, gauss, gumbel]}}
grid: {{seed: [0, 1]}}
set:{SMALL}
  batches: 5
  stimulus: 4
"""


# Decoders of states that have grown, after too few batches: every r2 is far below -1.
BAD = """
name: bad
grid: {tasks: [2, 5], seed: 0..1}
set: {arch: rnn_noleak, batches: 5, probe_fits: 1, probe_batches: 5, probe_trials: 16, trace: none}
"""


class Page(html.parser.HTMLParser):
    """Elements that are not closed, attributes, text outside of scripts, and the data."""

    VOID = ("meta", "br", "input", "img", "link")

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.wrong, self.words, self.tags = [], [], [], [], []
        self.data = None
        self.feed(text)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data):
        tag, attrs = self.open[-1] if self.open else ("", {})
        if attrs.get("id") == "data":
            self.data = json.loads(data)
        elif tag not in ("script", "style"):
            self.words.append(data)


def report(path, name="report.html"):
    out = path.with_name(name)
    mtsweep.report(path, out)
    return out


def read(out):
    return Page(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Reports of sweeps that are finished, in progress, failed, slim, hostile, and not begun: {name: (file, page)}."""
    folder = tmp_path_factory.mktemp("reports")
    files = {"finished": make(folder, "finished", FULL), "half": make(folder, "half", GRID),
             "hostile": make(folder, "hostile", HOSTILE), "variants": make(folder, "variants", VARIANTS)}
    program("reset", files["half"], "--where", "arch=lstm")
    files["slim"] = folder / "slim.h5"
    program("slim", files["finished"], "-o", files["slim"], "--drop", "trace,weights,measure,history")
    files["none"] = folder / "none.h5"
    shutil.copy(files["finished"], files["none"])
    files["failed"] = folder / "failed.h5"
    shutil.copy(files["finished"], files["failed"])
    with h5py.File(files["none"], "r+") as file:
        file["state/state"][:] = 0
    with h5py.File(files["failed"], "r+") as file:
        file["state/state"][3] = 4
        reason = f"no memory for {MOUNT}".encode()
        file["state/reason"][3, :len(reason)] = list(reason) if file["state/reason"].dtype.kind in "iu" else [bytes([byte]) for byte in reason]
    return {name: (path, report(path, f"{name}.html")) for name, path in files.items()}


NAMES = ("finished", "half", "hostile", "variants", "slim", "none", "failed")


@pytest.mark.parametrize("name", NAMES)
def test_page_is_one_file(pages, name):
    text = pages[name][1].read_text(encoding="utf-8")
    page = Page(text)
    assert not page.wrong and not page.open and page.data
    assert set(page.tags) <= {"html", "head", "meta", "title", "style", "body", "header", "nav", "a", "button", "h1", "h2", "h3", "p", "b",
                              "small", "section", "div", "span", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre",
                              "code", "ul", "li", "main", "article", "footer", "noscript", "script"}
    assert page.tags.count("script") == 2
    for tag, attribute, value in page.attributes:
        assert not attribute.startswith("on") and attribute not in ("style", "src", "srcset", "action", "data", "background"), (tag, attribute)
        assert attribute != "href" or value.startswith("#"), value
    policy = next(value for _, attribute, value in page.attributes if attribute == "content" and "default-src" in value)
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|innerHTML|eval\(",
                         text[:text.index('id="data"')] + text[text.rindex("<script>"):])


def test_page_has_the_programs_numbers(pages):
    path, out = pages["finished"]
    page = read(out)
    assert "Does it work?" in page.text and "Claim: r2 rises" in page.text and "8 runs: 8 done" in page.text
    shown = program("show", path)
    verdict = re.search(r"^ood_r2\[tasks=5\].*?\s{2,}(.*?)\s{2,}(.*?)\s{2,}(.*)$", shown, re.M)
    assert f"{verdict[3]} ood_r2[tasks=5] - ood_r2[tasks=2] > 0 {verdict[1]} {verdict[2]}" in page.text
    lines = [line.split(",") for line in program("show", path, "--csv").splitlines()[1:]]
    for cell in (line for line in lines if line[0] in ("ood_r2", "id_r2")):
        median, low, high = (f"{float(text):.3f}" for text in cell[6:9])
        assert f"{median} [{low}, {high}]" in page.text
    table = next(each for each in page.data["tables"] if each["by"] == ["tasks"])
    by_tasks = [line.split(",") for line in program("show", path, "--csv", "--by", "tasks", "--score", "ood_r2").splitlines()[1:]]
    assert [(row[0], row[1]) for row in table["scores"]["ood_r2"]] == [([line[1]], pytest.approx(float(line[5]), rel=1e-5)) for line in by_tasks]
    assert {tuple(sorted(each["by"])) for each in page.data["tables"]} >= {("arch", "tasks"), ("arch", "seed"), ("seed", "tasks"), ("arch",)}


def test_page_says_where_it_comes_from(pages):
    path, out = pages["finished"]
    page = read(out)
    attrs = mtsweep.open(path).attrs
    for name in ("command", "version", "revision", "cpu", "hdf5", "kernels", "sweep_hash"):
        assert " ".join(str(attrs[name]).split()) in page.text, name
    assert "ood_r2[tasks=5] - ood_r2[tasks=2] > 0 grid:" in page.text and "session host job" in page.text
    assert "None: no run has failed" in page.text and "Left out" not in page.text


def test_runs_that_are_drawn(pages):
    data = read(pages["finished"][1]).data
    assert sorted(map(int, data["details"])) == list(range(8)) and data["curves"]["batch"]["shape"] == [8, 5]
    states = data["details"]["0"]["states"]
    assert states["paths"]["shape"][0] == 9 and states["measured"] and data["details"]["0"]["raster"]["side"] == 8
    assert states["phase"][0] == "fixation" and states["phase"][-1] == "decision"
    slim = read(pages["slim"][1]).data
    assert slim["details"] == {} and slim["curves"] is None and slim["scores"]["column"]
    half = read(pages["half"][1])
    assert "* lacks runs" in half.text and len(half.data["details"]) < half.data["state"]["shape"][0]


def test_nothing_done_yet(pages):
    page = read(pages["none"][1])
    assert "No run is finished yet" in page.text and "8 pending" in page.text and page.data["curves"] is None


def test_failures_have_their_reasons(pages):
    page = read(pages["failed"][1])
    assert "run 3 failed arch=rnn tasks=5 seed=1" in page.text and f"no memory for {MOUNT}" in page.text
    assert MOUNT in page.data["reasons"]["3"]


def test_hostile_text_stays_text(pages):
    page = read(pages["hostile"][1])
    assert MOUNT in page.text and "<!-- <script> ]]> & 'quoted'" in page.text and "a & <b>" in page.text
    assert "</pre></details><script>document.title = 'taken'</script>" in page.text


def test_sizes_are_bounded(pages, monkeypatch, tmp_path):
    module = sys.modules["mtsweep.report"]
    monkeypatch.setattr(module, "DETAILED", 3)
    monkeypatch.setattr(module, "POINTS", 0)
    monkeypatch.setattr(module, "SCORES", 100)
    monkeypatch.setattr(module, "LISTED", 2)
    monkeypatch.setattr(module, "SECONDS", -1)
    mtsweep.report(pages["finished"][0], tmp_path / "small.html")
    page = read(tmp_path / "small.html")
    assert len(page.data["details"]) == 3 and "states and rasters of 5 of 8 finished runs" in page.text
    assert "scores by split and fold" in page.text and "score maps over 6 of 6 pairs" in page.text and "4 cells:" in page.text
    for _, out in pages.values():
        assert out.stat().st_size < 1_000_000


def test_what_is_refused(pages, tmp_path):
    path = pages["finished"][0]
    kept = path.read_bytes()
    with pytest.raises(OSError, match="holds results"):
        mtsweep.report(path, path)
    assert path.read_bytes() == kept
    with pytest.raises(OSError):
        mtsweep.report(tmp_path / "missing.h5", tmp_path / "x.html")

    def module(*words):
        return subprocess.run([sys.executable, "-m", "mtsweep", *map(str, words)], capture_output=True, text=True, check=False, cwd=tmp_path,
                              env=dict(os.environ, PYTHONPATH=str(ROOT / "python")))

    done = module("report", path, "-o", "x.html")
    assert done.returncode == 0 and (tmp_path / "x.html").stat().st_mode & 0o777 == 0o666 & ~umask()
    assert module("report", path).returncode == 2 and module("report", "-o", "x.html").returncode == 2
    (tmp_path / "text.h5").write_text("text")
    for name in ("missing.h5", "text.h5"):
        refused = module("report", name, "-o", "y.html")
        assert refused.returncode in (65, 74) and name in refused.stderr and "Traceback" not in refused.stderr
    unwritable = module("report", path, "-o", "no/folder/x.html")
    assert unwritable.returncode == 74 and "Traceback" not in unwritable.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["text.h5", "x.html"]


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


# ---- in a browser ----

WIDTHS, SCHEMES = (390, 1400), ("light", "dark")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium here")
    from selenium.webdriver.chrome.service import Service
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium with chromedriver here")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("profile")
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        started = webdriver.Chrome(service=Service(driver), options=options)
    except Exception as error:  # whatever keeps a browser from starting on this machine
        pytest.skip(f"Chromium does not start here: {str(error).splitlines()[0]}")
    yield started
    started.quit()


def visit(browser, out, width=1400, scheme="light", place=""):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.get("about:blank")
    browser.get(f"file://{out}{place}")


def complaints(browser):
    return [line["message"] for line in browser.get_log("browser")]


def all_of(browser, selector):
    return browser.find_elements("css selector", selector)


def one(browser, selector):
    return browser.find_element("css selector", selector)


def wait(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_in_every_look(browser, pages, name):
    for width in WIDTHS:
        for scheme in SCHEMES:
            for place in ("", "#run-1"):
                visit(browser, pages[name][1], width, scheme, place)
                assert complaints(browser) == []
                wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, f"{wide} pixels wider than {width}"
                lightness = browser.execute_script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
                assert (lightness > 200) == (scheme == "light")
                assert browser.title.endswith("report of a sweep")
    asked = [json.loads(line["message"])["message"] for line in browser.get_log("performance")]
    urls = {each["params"]["request"]["url"] for each in asked if each["method"] == "Network.requestWillBeSent"}
    assert f"file://{pages[name][1]}" in urls and not [url for url in urls if re.match("http|ws|ftp", url)], urls


def test_labels_do_not_overlap(browser, pages):
    """Words of a drawing stand clear of each other."""
    script = """const found = [];
        for (const svg of document.querySelectorAll("svg")) {
          const words = [...svg.querySelectorAll("text")].filter((text) => text.textContent && !text.hasAttribute("transform"))
            .map((text) => [text.textContent, text.getBoundingClientRect()]);
          words.forEach(([a, p], i) => words.slice(i + 1).forEach(([b, q]) => {
            if (p.left + 1 < q.right && q.left + 1 < p.right && p.top + 3 < q.bottom && q.top + 3 < p.bottom) found.push(a + " on " + b); })); }
        return found;"""
    for name in ("finished", "half", "variants"):
        for width in WIDTHS:
            for place in ("", "#run-0"):
                visit(browser, pages[name][1], width, place=place)
                assert browser.execute_script(script) == [], (name, width, place)


def test_controls(browser, pages):
    visit(browser, pages["finished"][1])
    # scores over other axes
    selects = all_of(browser, "#map-controls select")
    assert [select.get_attribute("value") for select in selects] == ["ood_r2", "tasks", "arch"]
    cell = one(browser, "#map-cells rect.pick title").get_attribute("textContent")
    browser.execute_script("arguments[0].value = 'seed'; arguments[0].dispatchEvent(new Event('change'))", selects[1])
    assert one(browser, "#map-cells rect.pick title").get_attribute("textContent") != cell
    assert len(all_of(browser, "#map-cells rect.pick")) == 4
    browser.execute_script("arguments[0].value = '(nothing)'; arguments[0].dispatchEvent(new Event('change'))", all_of(browser, "#map-controls select")[2])
    assert len(all_of(browser, "#map-cells rect.pick")) == 2
    # a cell of the grid chooses runs, and a click on a run shows it
    all_of(browser, "#grid-cells rect.pick")[0].click()
    assert one(browser, "#search").get_attribute("value") == "tasks=2 arch=rnn"
    assert [row.text.split()[0] for row in all_of(browser, "#run-list tbody tr")] == ["0", "1"]
    one(browser, "#search").clear()
    one(browser, "#search").send_keys("tasks=5 done")
    assert len(all_of(browser, "#run-list tbody tr")) == 4 and len(all_of(browser, "#curve-lines path.pick")) == 4
    next(head for head in all_of(browser, "#run-list th") if head.text == "seconds [s]").click()
    seconds = [float(row.text.split()[-1]) for row in all_of(browser, "#run-list tbody tr")]
    assert seconds == sorted(seconds)
    one(browser, "#run-list tbody tr:first-child a").click()
    wait(lambda: one(browser, "#one").is_displayed())
    assert re.search(r"#run-\d$", browser.current_url) and not one(browser, "main").is_displayed()
    # a run's own page
    visit(browser, pages["finished"][1], place="#run-3")
    words = one(browser, "#one").text
    assert words.index("Run 3") < words.index("Config") < words.index("measure_pca") and "tasks 5 24" in words and "decoder as published" in words
    canvas = one(browser, "canvas.turn")
    picture = "return arguments[0].toDataURL()"
    pictures = [browser.execute_script(picture, canvas)]
    next(button for button in all_of(browser, "#one button") if button.text == "turn left").click()
    pictures.append(browser.execute_script(picture, canvas))
    browser.execute_script("const s = document.querySelector('#one input[type=range]'); s.value = 2; s.dispatchEvent(new Event('input'))")
    pictures.append(browser.execute_script(picture, canvas))
    one(browser, "#theme").click()
    pictures.append(browser.execute_script(picture, canvas))
    assert len(set(pictures)) == 4 and "dark" in one(browser, "html").get_attribute("class")
    one(browser, "#one a[href='#runs']").click()
    wait(lambda: one(browser, "main").is_displayed())
    visit(browser, pages["finished"][1], place="#run-99")
    assert "no run 99" in one(browser, "#one").text
    assert complaints(browser) == []


def test_the_colours_of_a_map_are_named_by_their_ends(browser, tmp_path):
    """Where all scores are bad, too: dark is the least of them, light the most."""
    visit(browser, report(make(tmp_path, "bad", BAD)))
    assert complaints(browser) == []
    cells = [float(cell.get_attribute("textContent").split(": ")[1].split()[0]) for cell in all_of(browser, "#map-cells rect.pick title")]
    ends = re.search(r"from (\S+) \(dark\) to (\S+) \(light\)", one(browser, "#map-cells").text)
    assert max(cells) < -1 and [float(end) for end in ends.groups()] == [min(cells), max(cells)]


def test_printed(browser, pages):
    visit(browser, pages["finished"][1], scheme="dark")
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
    assert len(paper["data"]) > 20000 and complaints(browser) == []
