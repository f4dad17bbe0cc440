import pytest

from motcua.assistant.understanding import store


@pytest.fixture(scope="session")
def model():
    """The model of the seeds in this checkout: built once, kept in `.cache`."""
    return store.model()
