"""Whatever two desks decided and exchanged, an export of either is that desk."""

from hypothesis import HealthCheck, Phase, settings

from tests.portable_ground import dump, moved
from tests.property.test_two_desks import TwoDesks


class ExportedDesks(TwoDesks):
    def teardown(self):
        try:
            for number, desk in enumerate(getattr(self, "desks", ())):
                with moved(desk, self.folder / f"moved{number}") as made:
                    assert set(dump(made)) ^ set(dump(desk)) == set()
        finally:
            super().teardown()


ExportedDesks.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestExportedDesks = ExportedDesks.TestCase
