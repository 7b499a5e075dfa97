import pytest

from tests.demo.practice_process import PracticeProcess


@pytest.fixture
def practice(tmp_path):
    """Start servers on one folder; each ends with the test."""
    running = []

    def start(*options, folder=tmp_path / "mailbox"):
        running.append(
            PracticeProcess(folder, *(options or ("--answer-after", "0", "--hurry", "0")))
        )
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """One server for all tests that only look."""
    server = PracticeProcess(tmp_path_factory.mktemp("quiet"), "--hurry", "0")
    yield server
    server.stop()
