"""Finding a person by exact text: where we look, whom one finds, what is kept of it."""

import pytest
from django.urls import reverse

from collection_ops.core.models import AuditEvent
from tests.cases.builders import desk_of, make_case

SEARCH = "cases:search"
ID_NO = "110101199003070038"


def search(client, text):
    return client.post(reverse(SEARCH), {"q": text})


def found(response) -> set[str]:
    return {line.case.loan.contract_no for line in response.context.get("lines") or []}


@pytest.fixture
def book(collector):
    make_case(contract_no="A-100", name="张三丰", id_no=ID_NO, phones=("13911112222",), desk=desk_of(collector))
    make_case(contract_no="110101199003070099", name="张三", phones=("13933334444",))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (ID_NO, "id", {"A-100"}),
        (f" {ID_NO[:6]} {ID_NO[6:]} ", "id", {"A-100"}),
        ("13911112222", "phone", {"A-100"}),
        ("+86 139-1111-2222", "phone", {"A-100"}),
        ("１３９１１１１２２２２", "phone", {"A-100"}),
        ("A-100", "contract", {"A-100"}),
        ("张三", "name", {"110101199003070099"}),
        ("张三丰", "name", {"A-100"}),
        ("110101199003070099", "contract", {"110101199003070099"}),
    ],
)
def test_the_shape_of_the_text_decides_where_to_look(client_as, supervisor, book, text, kind, expected):
    response = search(client_as(supervisor), text)
    assert response.context["found"].kind == kind
    assert found(response) == expected


def test_a_name_is_found_by_its_beginning_from_two_characters_on(client_as, supervisor):
    make_case(contract_no="L-1", name="欧阳修文")
    assert found(search(client_as(supervisor), "欧阳")) == {"L-1"}
    assert found(search(client_as(supervisor), "欧")) == set()


def test_a_collector_finds_only_on_the_own_desk(client_as, collector, book):
    assert found(search(client_as(collector), "张三丰")) == {"A-100"}
    assert found(search(client_as(collector), "13933334444")) == set()


@pytest.mark.parametrize("who", ["finance", "auditor", "vendor_manager", "outsider"])
def test_who_may_not_find_is_refused(request, client_as, who):
    assert search(client_as(request.getfixturevalue(who)), "张三").status_code == 403


def test_what_was_typed_is_kept_nowhere(client_as, supervisor, book):
    response = search(client_as(supervisor), "13911112222")
    assert "13911112222" not in response.content.decode()
    event = AuditEvent.objects.get(action="search.person")
    assert event.data["kind"] == "phone" and event.data["hits"] == 1
    assert "13911112222" not in str(event.data)
    assert len(event.data["digest"]) == 32


def test_a_search_is_a_post(client_as, supervisor):
    assert client_as(supervisor).get(reverse(SEARCH) + "?q=x").status_code == 405


@pytest.mark.parametrize("text", ["", "   ", "\x00", "%", "__", "'; DROP TABLE", "x" * 10_000, "\ud800", "1" * 18, "​"])
def test_hostile_texts_find_nobody_and_break_nothing(client_as, supervisor, book, text):
    response = client_as(supervisor).post(
        reverse(SEARCH), {"q": text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
    )
    assert response.status_code == 200
    assert found(response) == set()


def test_searching_ends_at_the_daily_number_and_the_refusal_is_kept(client_as, settings, supervisor, book):
    settings.PERSON_SEARCHES_PER_DAY = 2
    client = client_as(supervisor)
    assert found(search(client, "张三")) and found(search(client, "张三丰"))
    third = search(client, "A-100")
    assert not found(third) and third.context["refused"]
    assert AuditEvent.objects.filter(action="search.person", outcome="refused").count() == 1


def test_no_more_than_twenty_are_shown(client_as, supervisor):
    for _ in range(23):
        make_case(name="重名的人")
    response = search(client_as(supervisor), "重名的人")
    assert len(found(response)) == 20
    assert response.context["found"].has_more
