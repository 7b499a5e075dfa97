"""Random faults of server, network, engine and people: invariant I at every quiet point.

A short walk for every run of the suite; `bench/faults.py` goes on for hours. The walk is the
same each time. Nothing is shrunk: a race does not come twice; the steps are printed.
"""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.imap.fault_world import STEPS, World

ROUGH = [name for name, weight in STEPS.items() if name != "quiet" for _ in range(weight)]
SEED = st.integers(0, 2**32 - 1)


def walks(server):
    """Return a state machine whose world stands on `server`."""

    class Walk(RuleBasedStateMachine):
        @initialize(seed=SEED)
        def begin(self, seed):
            self.home = Path(tempfile.mkdtemp(prefix="desk-walk-"))
            self.world = World(server, self.home)
            self._steps("deliver", seed)

        @rule(names=st.lists(st.sampled_from(ROUGH), min_size=15, max_size=25), seed=SEED)
        def rough(self, names, seed):
            for at, name in enumerate(names):
                self._steps(name, seed + at)
            self._steps("quiet", seed)

        def _steps(self, name, seed):
            try:
                self.world.step(name, seed)
            except Exception:
                print("\n".join(self.world.log[-100:]))  # noqa: T201 - to play it again
                raise

        def teardown(self):
            self.world.close()
            shutil.rmtree(self.home, ignore_errors=True)

    return Walk


@pytest.mark.parametrize("without", [(), ("CONDSTORE", "QRESYNC", "IDLE", "MOVE")])
def test_whatever_happens_in_whatever_order_desk_and_server_end_alike(dovecots, without):
    run_state_machine_as_test(
        walks(dovecots(without=without)),
        settings=settings(
            max_examples=1,
            stateful_step_count=4,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
