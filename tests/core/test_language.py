"""Switching the language leads back to the page one was on."""

import re

from django.urls import reverse


def way_back(html: str) -> str:
    return re.search(r'name="next" value="([^"]*)"', html)[1].replace("&amp;", "&")


def test_from_a_list_with_its_filters_back_to_the_list_with_its_filters(supervisor, client_as):
    browser = client_as(supervisor)
    address = reverse("cases:list") + "?stage=2&sort=total"
    back = way_back(browser.get(address).content.decode())
    assert back == address
    answer = browser.post(reverse("core:set_language"), {"language": "en", "next": back}, follow=True)
    assert answer.status_code == 200
    assert "Cases" in answer.content.decode()


def test_from_a_form_that_came_back_with_its_mistakes_to_the_page_of_the_form(supervisor, client_as):
    """The form is sent to an address that takes nothing but forms; the reader came from a page that can be opened."""
    browser = client_as(supervisor)
    form = reverse("core:password_change")
    answer = browser.post(form, {"old_password": "x"}, headers={"referer": f"http://testserver{form}?from=menu"})
    assert way_back(answer.content.decode()) == f"{form}?from=menu"
    assert way_back(browser.post(form, {"old_password": "x"}).content.decode()) == "/"
