import importlib

import pytest


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Networks this small lose more by waiting for a second thread than they gain, and on a busy machine very much."""
    torch = importlib.import_module("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
