"""Keys: made once, private, and never made anew beside data that needs the old ones."""

import base64
import json

import pytest

from collection_ops.launcher.keys import make_keys
from collection_ops.launcher.messages import Stop
from collection_ops.launcher.places import Places


def mode(path):
    return path.stat().st_mode & 0o777


def test_it_writes_keys_that_only_their_owner_can_read(tmp_path):
    make_keys(tmp_path, database_exists=False)

    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"secret_key", "field_keys.json", "postgres_password", "valkey_password"}
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_the_field_keys_are_what_the_kernel_reads(tmp_path, settings):
    from collection_ops.core import crypto

    make_keys(tmp_path, database_exists=False)
    keys = json.loads((tmp_path / "field_keys.json").read_text())
    settings.FIELD_KEYS_FILE = tmp_path / "field_keys.json"

    assert len(base64.b64decode(keys["keys"][keys["current"]])) == 32
    assert len(base64.b64decode(keys["index_key"])) == 32
    assert crypto.load_key_ring()


def test_a_second_start_keeps_them(tmp_path):
    make_keys(tmp_path, database_exists=False)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}

    make_keys(tmp_path, database_exists=True)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_a_key_file_that_was_opened_to_others_is_closed_again(tmp_path):
    make_keys(tmp_path, database_exists=False)
    (tmp_path / "secret_key").chmod(0o644)

    make_keys(tmp_path, database_exists=True)

    assert mode(tmp_path / "secret_key") == 0o600


def test_lost_field_keys_beside_a_database_stop_the_start(tmp_path):
    make_keys(tmp_path, database_exists=False)
    (tmp_path / "field_keys.json").unlink()

    with pytest.raises(Stop) as stop:
        make_keys(tmp_path, database_exists=True)

    assert "field_keys.json" in stop.value.english and "backup" in stop.value.english
    assert not (tmp_path / "field_keys.json").exists()


@pytest.mark.parametrize("as_root", [True, False])
def test_what_is_private_stays_private_whatever_the_engines_need(tmp_path, as_root):
    places = Places(checkout=tmp_path, state=tmp_path / "var")

    places.create(as_root=as_root)

    assert mode(places.state) == (0o711 if as_root else 0o700)
    assert {mode(f) for f in (places.keys, places.media, places.inbox, places.logs, places.run, places.backups)} == {
        0o700
    }


def test_a_state_folder_with_somebodys_files_in_it_keeps_its_mode(tmp_path):
    theirs, empty = tmp_path / "theirs", tmp_path / "empty"
    for folder in (theirs, empty):
        folder.mkdir(mode=0o700)
    (theirs / "letter.txt").write_text("private")

    for folder in (theirs, empty):
        Places(checkout=tmp_path, state=folder).create(as_root=True)

    assert (mode(theirs), mode(empty)) == (0o700, 0o711)
