import pytest

from collection_ops.core.crypto import Undecipherable, blind_index, decrypt, encrypt


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
