"""contact-pipeline documents: written, kept, held against the policy; and the warning of an export without a sender."""

from pathlib import Path

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import POLICY, Installation

# Dagster 1.13 calls asset(backfill_policy=…) beta, at import; pinned exactly.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

NAMES = ["impact-assessment.md", "legitimate-interest-assessment.md", "privacy-notice.md", "source-register.md"]


def write_policy(installation: Installation, text: str) -> None:
    Path(installation.environment["CONTACT_PIPELINE_POLICY"]).write_text(text, encoding="utf-8")


def test_documents_are_written_kept_and_checked(command: Command, installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    written = command("documents", "--output", str(folder))
    assert (written.code, written.stderr) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert sorted(Path(line).name for line in written.stdout.splitlines()) == NAMES
    assert command("documents", "--output", str(folder)).code == 0  # nothing differs
    assert command("documents", "--check", str(folder)).stdout == ""

    notice = folder / "privacy-notice.md"
    notice.write_text(notice.read_text() + "\nOurs.\n")
    refused = command("documents", "--output", str(folder))
    assert (refused.code, refused.stdout) == (2, "")
    assert "privacy-notice.md is there and says something else" in refused.stderr
    assert notice.read_text().endswith("\nOurs.\n")
    assert command("documents", "--check", str(folder)).code == 0

    write_policy(installation, POLICY.replace('lawful_basis = "contract"', 'lawful_basis = "consent"'))
    found = command("documents", "--check", str(folder))
    assert found.code == 1
    ground = "ground is 'contract (GDPR Art. 6(1)(b))', the policy and the program say 'consent (GDPR Art. 6(1)(a))'."
    assert f"privacy-notice.md: source crm: {ground}" in found.stdout.splitlines()
    assert command("documents", "--output", str(folder), "--replace").code == 0
    assert command("documents", "--check", str(folder)).code == 0
    (folder / "source-register.md").unlink()
    assert command("documents", "--check", str(folder)).stdout == "source-register.md is missing.\n"


def test_an_export_of_people_to_be_written_to_asks_for_a_sender(command: Command, installation: Installation) -> None:
    assert command("export").stderr == ""
    write_policy(installation, POLICY.replace('postal_address = "1 Orchid Street, 00000 Orchid Town"', ""))
    ended = command("export")
    assert (ended.code, ended.stdout.count("\n")) == (0, 1)  # stdout stays data
    assert ended.stderr.startswith("Warning: the policy's [sender] lacks postal_address.")
    assert command("export", "contacts").stderr == ""
