"""The page in a browser: selecting, folding, searching, with a pointer and with the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import archc
from archc.show.report.page import report_page
from tests.hostile.spec import NASTY, load, rotated
from tests.show.report.browser import pages
from tests.show.report.browser.conftest import PHONE, Open

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROW = "row-inception-4c"


def row(page: Page, of: str) -> Locator:
    return page.locator(f"tr#{of}")


def box(page: Page, of: str) -> Locator:
    return page.locator(f'a.box[href="#{of}"]')


def fragment(page: Page) -> str:
    return str(page.evaluate("location.hash"))


def shown(page: Page) -> list[str]:
    """Which cards can be seen."""
    found: list[str] = page.eval_on_selector_all(
        ".facts", "all => all.filter((each) => each.checkVisibility()).map((e) => e.dataset.of)"
    )
    return found


def marked(page: Page) -> set[str]:
    """What is marked as the current row: its box and its line in the table."""
    return set(
        page.eval_on_selector_all(
            "[aria-current=true]", "all => all.map((each) => each.className + each.hash)"
        )
    )


def is_seen(found: Locator) -> bool:
    """Whether an element can be seen where it is: nothing lies over its middle."""
    return bool(
        found.evaluate(
            """(each) => {
              const { x, y, width, height } = each.getBoundingClientRect();
              const top = document.elementFromPoint(x + Math.min(width, 200) / 2, y + height / 2);
              return top !== null && each.contains(top);
            }"""
        )
    )


def background(found: Locator) -> str:
    return str(found.evaluate("(each) => getComputedStyle(each).backgroundColor"))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.hash ?? document.activeElement.type"))


@pytest.mark.parametrize("name", pages.NETWORKS)
def test_every_box_opens_its_row(name: str, show: Open) -> None:
    page = show(pages.of(name))
    rows = pages.load(name).report().rows
    boxes = page.locator(".card:not(.head) > a.box")
    assert boxes.count() == len(rows)
    assert shown(page) == []
    for index in range(0, len(rows), 5):
        link = boxes.nth(index)
        of = (link.get_attribute("href") or "").removeprefix("#")
        link.click()
        assert shown(page) == [of]
        assert fragment(page) == f"#{of}"
        assert marked(page) == {f"box pick#{of}", f"pick#{of}"}
        assert is_seen(link)
        assert is_seen(row(page, of))
        title = page.locator(f'[data-of="{of}"] h3').inner_text()
        assert title.startswith(rows[index].printed)


def test_a_row_of_the_table_marks_its_box(show: Open) -> None:
    page = show(pages.of("googlenet"))
    last = row(page, "row-softmax")
    last.locator("td").nth(1).click()
    assert shown(page) == ["row-softmax"]
    assert is_seen(box(page, "row-softmax"))
    assert is_seen(last)


def test_back_leads_through_the_rows(show: Open) -> None:
    page = show(pages.of("googlenet"))
    for of in ("row-inception-3a", "row-inception-3b"):
        box(page, of).click()
    page.go_back()
    assert shown(page) == ["row-inception-3a"]
    page.go_back()
    assert shown(page) == []
    assert marked(page) == set()
    page.go_forward()
    assert shown(page) == ["row-inception-3a"]


@pytest.mark.parametrize("size", [(1400, 900), PHONE])
def test_a_deep_link(size: tuple[int, int], show: Open) -> None:
    page = show(pages.of("googlenet"), f"#{ROW}", size)
    assert shown(page) == [ROW]
    assert is_seen(row(page, ROW))
    if size != PHONE:
        assert is_seen(box(page, ROW))
    plain, ours = (row(page, each) for each in ("row-inception-5a", ROW))
    for of in ("row-inception-4b", "row-inception-4d", "row-inception-4e"):
        row(page, of).locator("th a").click()
        assert background(row(page, of)) == background(box(page, of).locator(".."))
        assert background(ours) == background(plain)


def test_a_link_to_nothing_selects_nothing(show: Open) -> None:
    page = show(pages.of("googlenet"), "#row-<b>")
    assert shown(page) == []


def test_the_link_to_a_note_keeps_the_row(show: Open) -> None:
    page = show(pages.of("googlenet"), f"#{ROW}")
    row(page, ROW).locator("a.erratum").click()
    assert fragment(page).startswith("#note-1-")
    assert shown(page) == [ROW]


def test_a_head_is_selected_as_rows_are(show: Open) -> None:
    page = show(pages.of("googlenet"))
    box(page, "head-aux1").click()
    assert shown(page) == ["head-aux1"]
    assert is_seen(page.locator("li#head-aux1"))


@pytest.mark.parametrize("address", ["#%zz", "#nothing", "#%E4"])
def test_an_address_of_no_row_selects_none(show: Open, address: str) -> None:
    page = show(pages.of("googlenet"), address)
    assert shown(page) == []
    box(page, ROW).click()
    assert shown(page) == [ROW]


def test_a_long_word_leaves_the_table_its_figures(show: Open, tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(
        f"network: L\ninput: 8×8×3\ncolumns: [type, patch, filters]\n"
        f"rows:\n  - [convolution ({'long' * 40}), 1×1, 4]\n"
    )
    page = show(report_page(archc.load(path).report()))
    wide = page.locator(".wide")
    assert wide.evaluate("(each) => each.scrollWidth <= each.clientWidth")


def test_closing(show: Open) -> None:
    page = show(pages.of("googlenet"), f"#{ROW}")
    page.get_by_role("button", name="Close").click()
    assert shown(page) == []
    assert fragment(page) == ""
    assert focused(page) == f"#{ROW}"
    page.keyboard.press("Enter")
    assert shown(page) == [ROW]
    page.keyboard.press("Escape")
    assert shown(page) == []


def test_folding(show: Open) -> None:
    page = show(pages.of("googlenet"))
    inside = page.locator("#box-inception-3a + details")
    assert not inside.locator(".parts").first.is_visible()
    inside.locator("summary").click()
    assert inside.locator(".parts").first.is_visible()
    assert "convolution 3×3, 128 filters" in inside.inner_text()
    assert shown(page) == []
    total = page.locator("details.inside").count()
    assert total == 12
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator("details.inside[open]").count() == total
    page.get_by_role("button", name="Fold all", exact=True).click()
    assert page.locator("details.inside[open]").count() == 0


def test_what_is_unfolded_comes_into_view(show: Open) -> None:
    page = show(pages.of("googlenet"))
    link = box(page, "row-inception-4a")
    link.evaluate("(each) => each.closest('.pane').scrollTo(0, each.offsetParent.offsetTop - 420)")
    link.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    inside, pane = (
        page.locator(each).bounding_box() for each in ("#box-inception-4a + details", ".pane")
    )
    assert inside is not None
    assert pane is not None
    assert inside["y"] + inside["height"] <= pane["y"] + pane["height"]


def test_a_figure_unfolds(show: Open) -> None:
    page = show(pages.drawn())
    figure = page.get_by_role("img", name="Inside inception (3a)")
    assert not figure.is_visible()
    page.locator("#box-inception-3a + details summary").click()
    assert figure.is_visible()
    assert figure.locator("text").inner_html() == "Filter Concat"


def test_searching(show: Open) -> None:
    page = show(pages.of("googlenet"))
    page.keyboard.press("/")
    page.keyboard.type("Inception 14x14")
    assert page.get_by_role("status").inner_text() == "5 of 24 match"
    dim = page.locator("tbody tr[id].dim")
    assert dim.count() == 17
    assert page.locator(".card.dim").count() == 19
    assert "dim" not in (row(page, "row-inception-4a").get_attribute("class") or "")
    for of in ("row-inception-4a", "row-inception-4b"):
        page.keyboard.press("Enter")
        assert shown(page) == [of]
    assert page.get_by_role("status").inner_text() == "2 of 5"
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    assert shown(page) == ["row-inception-4e"]
    page.keyboard.press("Escape")
    assert dim.count() == 0
    assert page.get_by_role("status").inner_text() == ""
    page.go_back()
    assert shown(page) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [("lrn", 0), ("local response", 2), ("concat", 9), ("7×7/2", 1), ("erratum", 7), ("aux", 2)],
)
def test_what_a_search_finds(words: str, found: int, show: Open) -> None:
    page = show(pages.of("googlenet"))
    page.get_by_role("searchbox").fill(words)
    assert page.get_by_role("status").inner_text() == f"{found} of 24 match"
    assert page.locator(".card:not(.dim)").count() == found


def test_keys_in_the_diagram(show: Open) -> None:
    page = show(pages.of("googlenet"))
    box(page, "row-inception-4d").focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "#head-aux2"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "#row-inception-4e"
    assert shown(page) == []
    page.keyboard.press("Enter")
    assert shown(page) == ["row-inception-4e"]
    page.keyboard.press("Home")
    assert shown(page) == ["row-convolution-1"]
    assert is_seen(box(page, "row-convolution-1"))
    page.keyboard.press("End")
    assert focused(page) == "#row-softmax"
    assert is_seen(box(page, "row-softmax"))
    page.keyboard.press("ArrowDown")
    assert focused(page) == "#row-softmax"
    page.go_back()
    assert shown(page) == []


def test_keys_fold(show: Open) -> None:
    page = show(pages.of("googlenet"))
    box(page, "row-inception-3a").focus()
    inside = page.locator("#box-inception-3a + details")
    page.keyboard.press("ArrowRight")
    assert inside.get_attribute("open") is not None
    page.keyboard.press("ArrowLeft")
    assert inside.get_attribute("open") is None


@pytest.mark.parametrize(("measure", "share"), [("weights", "2.3%"), ("memory", "9.6%")])
def test_bars_by_a_measure(measure: str, share: str, show: Open) -> None:
    page = show(pages.of("googlenet"))
    cell = row(page, "row-inception-3a").locator("td.share")
    assert cell.inner_text().strip() == "8.1%"
    page.get_by_role("radio", name=measure).check()
    assert cell.inner_text().strip() == share
    assert page.locator("th.share").inner_text() == f"% {measure}"
    assert cell.locator("rect:visible").count() == 1


def test_arrows_past_other_rows(show: Open) -> None:
    page = show(pages.skips())
    assert page.locator(".arrows path:not(.tip)").count() == 3
    assert page.locator(".arrows .marked").count() == 0
    page.get_by_role("link", name="takes convolution (a)").first.click()
    assert shown(page) == ["row-a"]
    assert page.locator(".arrows .marked:not(.tip)").count() == 2
    inside = page.locator(".column").bounding_box()
    for path in page.locator(".arrows path").all():
        drawn = path.bounding_box()
        assert drawn is not None
        assert inside is not None
        assert drawn["x"] >= inside["x"] - 2
        assert drawn["y"] + drawn["height"] <= inside["y"] + inside["height"]


def test_two_networks_on_a_page(show: Open) -> None:
    page = show(pages.two(), "#row-2-conv3-x")
    assert shown(page) == ["row-2-conv3-x"]
    assert page.locator(".inspector:visible").count() == 1
    box(page, "row-1-inception-3a").click()
    assert shown(page) == ["row-1-inception-3a"]
    page.get_by_role("searchbox").first.fill("inception")
    assert page.locator("#network-1 .dim").count() > 0
    assert page.locator("#network-2 .dim").count() == 0


@pytest.mark.parametrize("name", pages.NETWORKS)
def test_nothing_is_wider_than_a_phone(name: str, show: Open) -> None:
    page = show(pages.of(name), size=PHONE)
    page.get_by_role("button", name="Unfold all").click()
    page.locator("a.box").nth(5).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_without_the_script_all_is_there(show: Open) -> None:
    page = show(pages.of("googlenet"), f"#{ROW}", script=False)
    report = archc.load("googlenet").report()
    assert page.locator(".facts:visible").count() == len(report.rows) + 2
    assert page.locator("tbody tr[id]:visible").count() == len(report.rows)
    assert page.locator(".scripted:visible").count() == 0
    page.locator("#box-inception-3a + details summary").click()
    assert page.locator("#box-inception-3a + details .parts").first.is_visible()
    page.get_by_role("radio", name="memory").check()
    assert page.locator("th.share").inner_text() == "% memory"


def test_hostile_names(show: Open, tmp_path: Path) -> None:
    """They are shown as they are, found by a search, and no more than texts."""
    for text in list(rotated(NASTY))[::12]:
        network = load(text, tmp_path)
        page = show(report_page(network.report()))
        for found in page.locator(".card:not(.head) > a.box").all():
            found.click()
            of = (found.get_attribute("href") or "").removeprefix("#")
            assert shown(page) == [of]
        assert page.locator("script").count() == 1
        assert page.locator("img").count() == 0
        name = page.locator("tbody tr[id] > th > a").first
        page.get_by_role("searchbox").fill(name.inner_text())
        assert page.locator("tbody tr[id].dim").count() > 0
        assert page.locator("tbody tr[id]").first.get_attribute("class") != "dim"


def test_a_breach_of_the_policy_is_heard_of(browser: Browser, tmp_path: Path) -> None:
    """What the fixture relies on: the policy is in force, and the console tells of its breach."""
    said: list[str] = []
    more = "<script>document.title = 'ran'</script><img src='http://localhost/x'></main>"
    file = tmp_path / "page.html"
    file.write_text(pages.of("resnet50").replace("</main>", more), encoding="utf-8")
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert len([each for each in said if "Content Security Policy" in each]) == 2
    assert page.title() == "ResNet-50"
    page.close()
