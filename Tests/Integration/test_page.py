"""The page on the admin listener, in a browser, before a sidecar of which one upstream fails and the other throttles."""

import json
import re

import pytest

from stage.waiting import until

browser_module = pytest.importorskip("stage.browser")
Keys = browser_module.Keys

RETRY = {"attempts": 2, "backoff": "5ms", "max_backoff": "10ms", "on": ["connect", "timeout", "reset", "429", "5xx"]}
ANSWER = b"<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def browser():
    browser = browser_module.Browser()
    yield browser
    browser.close()


@pytest.fixture
def troubled(scripted, accepting, browser):
    """A sidecar with a that fails until it is mended and b that throttles every third call: (sidecar, mend)."""
    is_mended = []
    taken = []

    def failing(conversation):
        while True:
            conversation.take()
            conversation.answer(200 if is_mended else 500, body=b"fine" if is_mended else ANSWER)

    def throttling(conversation):
        while True:
            conversation.take()
            taken.append(1)
            conversation.answer(429 if len(taken) % 3 == 0 else 200)

    a, b = scripted(failing), scripted(throttling)
    one = accepting({"a": {"url": a.url, "retry": RETRY}, "b": {"url": b.url, "retry": RETRY | {"attempts": 6}}}, route={"name": "orders"})
    for number in range(4):
        id = one.call("POST", f"/orders/{number}?sig=hidden", data=b"{}").json()["id"]
        one.await_states(id, a="dead", b="delivered")
    browser.appear("light")
    return one, lambda: is_mended.append(True)


@pytest.fixture
def comparing(scripted, sidecar, browser):
    """A sidecar that has compared 8 answers of b with a's, of which 2 differ in their stock and each in its time: the sidecar."""
    def telling(stock):
        def script(conversation):
            while True:
                number = int(conversation.take().target[1:])
                body = {"time": next(ticks), "stock": stock if number % 4 == 3 else 7, "note": ANSWER.decode()}
                conversation.answer(200, [("Content-Type", "application/json")], json.dumps(body).encode())
        return script

    ticks = iter(range(10**6))
    a, b = scripted(telling(7)), scripted(telling(8))
    rule = {"name": "all", "match": {"path": "/**"}, "respond": "a", "compare": {"noise": 0.05}}
    one = sidecar({"a": a.url, "b": b.url}, routes=[rule])
    one.call("GET", "/0")
    until(lambda: one.api("agreement").json()["routes"][0]["noise_probes"] == 1, "a call that was sent twice")
    for number in range(1, 8):
        one.call("GET", f"/{number}")
    one.await_metric(8, "pantograph_agreement_total")
    browser.appear("light")
    return one


def an_exchange(one):
    return one.api("exchanges").json()["exchanges"][0]["id"]


def views(one):
    letter = one.api("dead-letters").json()["dead_letters"][0]["id"]
    return {
        "#/": ".card .facts", "#/exchanges": "tbody td", f"#/exchanges/{an_exchange(one)}": ".fall .row", "#/dead-letters": "tbody td",
        f"#/dead-letters/{letter}": "pre", "#/agreement": "main p", "#/configuration": ".tree li",
    }


def test_every_view_loads_without_an_error_or_a_refusal_by_policy(troubled, browser):
    one, _ = troubled
    browser.open(one.admin_url)
    for hash, sign in views(one).items():
        browser.go(hash)
        browser.await_text(sign, "")
    assert browser.complaints() == []


def test_the_overview_shows_both_upstreams_and_says_what_is_wrong(troubled, browser):
    one, _ = troubled
    browser.open(one.admin_url)
    for name, error in (("a", "http_5xx"), ("b", "http_429")):
        card = browser.await_text(f"section[aria-label={name}]", error)
        for which in ("p50", "p95", "p99"):
            assert re.search(rf"{which}\s+[\d.]+ m?s", card), card
    summary = browser.text("#summary")
    assert "a: " in summary and "there are dead letters" in summary
    assert browser.run("return document.querySelector('#summary').getAttribute('aria-live')") == "polite"
    assert browser.text("#letters") == "4"


def test_the_summary_says_that_all_is_well(pair, browser):
    one, _, _ = pair()
    assert one.call("GET", "/").status_code == 200
    browser.open(one.admin_url)
    assert "All is well" in browser.await_text("#summary", "ready")


def test_a_token_is_asked_for_until_it_is_the_right_one(scripted, accepting, browser):
    def failing(conversation):
        while True:
            conversation.take()
            conversation.answer(400)

    one = accepting({"a": scripted(failing).url}, env={"TOKEN": "let-me-in"}, admin={"listen": "127.0.0.1:0", "token": {"env": "TOKEN"}})
    one.call("POST", "/orders", data=b"{}")
    browser.appear("light", width=360, height=740)
    browser.driver.get(one.admin_url)
    assert "wants a token" in browser.await_text("#token", "token")
    assert browser.overflow() <= 0 and browser.text("#letters") == ""
    browser.press("let-me-out")
    browser.press(Keys.ENTER)
    browser.await_text("#token-text", "was not taken")
    browser.press("let-me-in")
    browser.press(Keys.ENTER)
    browser.await_text("#summary", "there are dead letters")
    assert not browser.run("return document.querySelector('#token').open")

    # The stream and what is changed bring it as well, and it holds as long as the tab.
    browser.go("#/exchanges")
    browser.await_text("tbody", "/orders")
    one.call("POST", "/orders/new", data=b"{}")
    browser.await_text("tbody", "/orders/new")
    browser.go("#/dead-letters")
    browser.await_text("tbody", "/orders/new")
    browser.click("tbody tr:nth-child(1) input")
    browser.button("Discard 1").click()
    browser.click("#confirm-yes")
    browser.await_text("main [role=status]", "1 dead letter discarded.")
    browser.driver.refresh()
    browser.await_text("tbody", "/orders")
    assert not browser.run("return document.querySelector('#token').open")
    browser.go("#/configuration")
    assert "let-me-in" not in browser.await_text("main", "recent") and "from the environment" in browser.text("main")
    assert [one for one in browser.complaints() if "401" not in one] == []


def test_it_says_so_when_the_sidecar_is_gone(pair, browser):
    one, _, _ = pair()
    browser.open(one.admin_url)
    browser.await_text("#summary", "ready")
    one.stop()
    browser.await_text("#summary", "does not answer")


def test_exchanges_are_filtered_and_one_is_a_waterfall(troubled, browser):
    one, _ = troubled
    browser.open(one.admin_url, "#/exchanges")
    until(lambda: len(browser.run("return [...document.querySelectorAll('tbody tr')]")) == 4, "four exchanges")
    assert "REDACTED" in browser.text("tbody") and "hidden" not in browser.text("tbody")
    browser.run("const one = document.querySelector('select[name=state]'); one.value = 'pending'; one.dispatchEvent(new Event('change'))")
    browser.await_text("main", "No exchange matches")
    assert browser.run("return location.hash") == "#/exchanges?state=pending"

    id = an_exchange(one)
    browser.go(f"#/exchanges/{id}")
    fall = browser.await_text(".fall", "1. 500 http_5xx")
    assert "2. 500 http_5xx" in fall and "a dead" in fall and "b delivered" in fall
    assert one.exchange(id)["trace_id"] in browser.text("main")
    places = browser.run("return [...document.querySelectorAll('.leg .track i:not(.wait).dead')].map((one) => one.offsetLeft)")
    assert len(places) == 2 and places == sorted(places), "later attempts stand further right"


def test_an_exchange_that_comes_is_shown_without_asking(troubled, browser):
    one, _ = troubled
    browser.open(one.admin_url, "#/exchanges")
    browser.await_text("tbody", "/orders/3")
    one.call("POST", "/orders/new", data=b"{}")
    browser.await_text("tbody", "/orders/new")


def test_an_upstreams_answer_is_text_and_never_markup(troubled, browser):
    one, _ = troubled
    [letter, *_] = one.api("dead-letters").json()["dead_letters"]
    browser.open(one.admin_url, f"#/dead-letters/{letter['id']}")
    assert ANSWER.decode() in browser.await_text("pre", "<script>")
    assert browser.run("return [document.title, document.querySelectorAll('main img, main script').length]") \
        == [f"Dead letter {letter['id']} – pantograph", 0]


def test_dead_letters_are_replayed_after_a_confirmation_that_says_how_many(troubled, browser):
    one, mend = troubled
    mend()
    browser.open(one.admin_url, "#/dead-letters")
    browser.await_text("tbody", "/orders/0")
    assert not browser.button("Replay").is_enabled()
    for box in (1, 2):
        browser.click(f"tbody tr:nth-child({box}) input")
    browser.button("Replay 2").click()
    browser.await_text("#confirm", "Replay 2 dead letters?")
    assert "2 of a" in browser.text("#confirm")
    browser.button("Cancel").click()
    assert len(one.api("dead-letters").json()["dead_letters"]) == 4
    browser.button("Replay 2").click()
    browser.click("#confirm-yes")
    browser.await_text("main [role=status]", "2 dead letters replayed.")
    until(lambda: len(browser.run("return [...document.querySelectorAll('tbody tr')]")) == 2, "two letters that are left")
    assert len(one.api("dead-letters").json()["dead_letters"]) == 2
    until(lambda: len(one.api("exchanges?state=dead").json()["exchanges"]) == 2, "two exchanges mended")


def test_all_that_are_shown_are_discarded_by_keyboard(troubled, browser):
    one, _ = troubled
    browser.open(one.admin_url, "#/dead-letters")
    browser.await_text("tbody", "/orders/0")
    browser.run("document.querySelector('#everyone').focus()")
    browser.press(Keys.SPACE)
    browser.press(Keys.TAB)
    browser.press(Keys.TAB)
    browser.press(Keys.ENTER)
    browser.await_text("#confirm", "Discard 4 dead letters?")
    browser.press(Keys.ESCAPE)
    until(lambda: not browser.run("return document.querySelector('#confirm').open"), "the dialog closed")
    assert len(one.api("dead-letters").json()["dead_letters"]) == 4
    browser.press(Keys.ENTER)
    browser.await_text("#confirm", "Discard 4 dead letters?")
    browser.press(Keys.TAB)
    browser.press(Keys.ENTER)
    browser.await_text("main [role=status]", "4 dead letters discarded.")
    assert one.api("dead-letters").json()["dead_letters"] == []


def test_agreement_shows_where_mirrors_differ_how_often_and_how(comparing, browser):
    browser.open(comparing.admin_url, "#/agreement")
    card = browser.await_text("section[aria-label='all, b']", "/stock")
    assert re.search(r"Compared\s+8\s+Agree\s+\d+", card) and re.search(r"/stock\s+2 of 8\s+7\s+8\s+exchange", card), card
    # The first answers may have been compared before it was known that the time differs by itself.
    assert "Learnt as noise from 1 call sent to a twice: /time (" in card and not re.search(r"/time\s+[2-8] of 8", card), card
    browser.click("tbody tr:first-child a")
    browser.await_text("main", "b delivered")


def test_agreement_is_read_by_keyboard_with_contrast_and_on_a_narrow_screen(comparing, browser):
    browser.complaints()
    for scheme, width in (("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360)):
        browser.appear(scheme, width)
        browser.open(comparing.admin_url, "#/agreement")
        browser.await_text("tbody", "/stock")
        places, controls = browser.walk()
        assert len(places) == controls and all(place["outline"] != "none" for place in places), places
        assert not [(round(ratio, 2), text) for ratio, text in browser.contrasts() if ratio < 4.5]
        assert browser.overflow() <= 0 and browser.complaints() == []


def test_the_overview_says_how_far_a_mirror_agrees_and_leads_there(comparing, browser):
    browser.open(comparing.admin_url)
    assert re.search(r"Agrees\s+(75.0|62.5) %", browser.await_text("section[aria-label=b]", "Agrees"))
    browser.click("section[aria-label=b] a[href='#/agreement']")
    browser.await_text("h1", "Agreement")


def test_without_a_comparison_the_page_says_how_to_have_one(pair, browser):
    one, _, _ = pair()
    browser.open(one.admin_url, "#/agreement")
    assert "compare: true" in browser.await_text("main", "No route compares")
    browser.go("#/")
    assert "Agrees" not in browser.await_text("section[aria-label=a]", "Dead letters")


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(troubled, browser):
    one, _ = troubled
    for hash, sign in views(one).items():
        # A browser goes on from where it was: a new document begins at the top.
        browser.open(one.admin_url, hash)
        browser.await_text(sign, "")
        places, controls = browser.walk()
        assert len(places) == controls, (hash, places, controls)
        assert all(place["outline"] != "none" for place in places), (hash, places)
        assert places[0]["text"] == "Skip to the content"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(troubled, browser, scheme):
    one, _ = troubled
    browser.appear(scheme)
    browser.open(one.admin_url)
    for hash, sign in views(one).items():
        browser.go(hash)
        browser.await_text(sign, "")
        texts = browser.contrasts()
        assert len(texts) > 12
        assert not [(round(ratio, 2), text) for ratio, text in texts if ratio < 4.5], hash


def test_nothing_is_wider_than_a_narrow_screen(troubled, browser):
    one, _ = troubled
    browser.appear("light", width=360, height=740)
    browser.open(one.admin_url)
    for hash, sign in views(one).items():
        browser.go(hash)
        browser.await_text(sign, "")
        assert browser.overflow() <= 0, hash


def test_an_update_moves_nothing(troubled, browser):
    one, _ = troubled
    browser.open(one.admin_url)
    browser.await_text("section[aria-label=b]", "http_429")
    browser.run("""
        window.jumps = 0;
        new PerformanceObserver((list) => { for (const one of list.getEntries()) window.jumps += one.value; }).observe({ type: 'layout-shift' });
        window.updates = 0;
        new MutationObserver(() => { window.updates += 1; }).observe(document.querySelector('.chart'), { childList: true });
    """)
    until(lambda: browser.run("return window.updates") >= 2, "two updates")
    assert browser.run("return window.jumps") == 0
