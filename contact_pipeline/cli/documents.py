"""contact-pipeline documents: drafts of what the law wants in writing, and whether they still agree with the policy."""

from pathlib import Path

import click

from contact_pipeline.cli.named_files import writing
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings


@click.command()
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("documents"), show_default=True,
    help="Folder for the drafts.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Write over documents that differ; what was filled in there is lost.")
@click.option(
    "--check", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Write nothing: hold the documents of this folder against the policy. Exit code 1 where they contradict it.",
)  # fmt: skip
def documents(output: Path, replace: bool, check: Path | None) -> int:
    """Draft privacy notice, interest assessments, impact assessment and source register from the policy."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.compliance.contradictions import contradictions
    from contact_pipeline.compliance.documents import draft
    from contact_pipeline.core.providers import Layer
    from contact_pipeline.orchestration.build import build_definitions
    from contact_pipeline.orchestration.graph import read_graph
    from contact_pipeline.policy.file import load_policy
    from contact_pipeline.vendors.registry import check_access, configured, provider_names, recipients

    settings = load_settings()
    check_access(settings)
    policy = load_policy(settings.policy_path, provider_names())
    providers = recipients({layer: configured(settings, policy, layer) for layer in Layer})
    graph = read_graph(build_definitions())
    drafts = draft(policy, providers, graph)
    if check:
        texts = {name: (check / name).read_text(encoding="utf-8") for name in drafts if (check / name).is_file()}
        found = contradictions(texts, policy, providers, graph)
        for line in found:
            click.echo(line)
        return 1 if found else 0
    filled_in = [name for name, text in drafts.items() if not replace and _differs(output / name, text)]
    if filled_in:
        raise UsageError(
            f"{output / filled_in[0]} is there and says something else; somebody may have filled it in. Choose another"
            " folder with --output, or write over it with --replace."
        )
    for name, text in drafts.items():
        with writing(output / name):
            output.mkdir(parents=True, exist_ok=True)
            (output / name).write_text(text, encoding="utf-8")
        click.echo(output / name)
    return 0


def _differs(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") != text
