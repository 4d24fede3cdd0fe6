from collection_ops.core.access import matrix
from collection_ops.core.access_labels import LABELS


def test_every_capability_has_its_label_in_the_catalogue():
    labels = [line["label"] for line in matrix()["capabilities"].values()]
    missing = sorted(set(labels) - set(LABELS))
    assert not missing, f"add to core/access_labels.py: {missing}"
    assert len(set(labels)) == len(labels), "two capabilities with one label cannot be told apart on the page"
