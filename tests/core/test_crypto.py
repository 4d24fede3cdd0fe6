import hmac

import pytest

from collection_ops.core.crypto import (
    Undecipherable,
    blind_index,
    decrypt,
    derived_key,
    encrypt,
    encrypt_all,
    load_key_ring,
)


def test_equal_values_give_different_ciphertexts_and_the_same_index():
    assert encrypt("13800000000") != encrypt("13800000000")
    assert decrypt(encrypt("13800000000")) == "13800000000"
    assert blind_index("phone", "13800000000") == blind_index("phone", "13800000000")
    assert blind_index("phone", "13800000000") != blind_index("id_no", "13800000000")


def test_an_altered_value_fails_loudly_and_is_never_guessed():
    key_id, _, body = encrypt("110101199003070000").partition(":")
    altered = f"{key_id}:{body[:20]}{'A' if body[20] != 'A' else 'B'}{body[21:]}"
    with pytest.raises(Undecipherable):
        decrypt(altered)
    with pytest.raises(Undecipherable):
        decrypt(f"nobody:{body}")


def test_nothing_stays_nothing():
    assert encrypt("") == "" == decrypt("") == blind_index("phone", "")


def test_many_values_at_once_are_sealed_as_one_by_one_each_with_a_nonce_of_its_own():
    texts = ["13800000000", "", "13800000000", "浙江省杭州市", ""]
    tokens = encrypt_all(texts)
    assert [decrypt(token) for token in tokens] == texts
    assert len({token for token in tokens if token}) == 3
    assert encrypt_all([]) == []


def test_the_index_is_the_hmac_it_says_it_is():
    key = load_key_ring().index_key
    for subject, text in (("phone", "13800000000"), ("id_no", "11010119900307123X"), ("address", "浙江省" * 40)):
        expected = hmac.digest(key, f"{subject}\x1f{text}".encode(), "sha256").hex()[:32]
        assert blind_index(subject, text) == expected


def test_a_derived_key_is_neither_the_key_nor_another_subjects():
    key = derived_key("import_content")
    assert len(key) == 32
    assert key != load_key_ring().index_key
    assert key == derived_key("import_content") != derived_key("other")
