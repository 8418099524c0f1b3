"""contact-pipeline inspect: a file is looked at and nothing lands."""

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json, write

GUESSED = (
    "Vorname;Nachname;E-Mail;Abgemeldet am;Werbung erlaubt;Stammnr",
    "Ada;Quince;ada@quince.example;;ja;K7",
    "Bo;Sloe;bo@sloe.example;12.03.2024;nein;K8",
)
UNREAD = ("Name,Email,Opt-out class", "Ada Quince,ada@quince.example,A", "Bo Sloe,bo@sloe.example,B")


def test_it_shows_each_column_how_sure_it_is_and_a_mapping(command: Command, installation: Installation) -> None:
    file = write(installation.folder / "list.csv", *GUESSED)
    ended = command("inspect", str(file), "--source", "crm", "--json")
    found = only_json(ended.stdout)
    assert (ended.code, found["would_hold"], found["rows_in"]) == (0, [], 2)
    assert [(c["header"], c["field"], c["sureness"]) for c in found["columns"]] == [
        ("Vorname", "given_name", "exact"), ("Nachname", "family_name", "exact"), ("E-Mail", "email", "exact"),
        ("Abgemeldet am", "email_opt_out", "stem"), ("Werbung erlaubt", "email_allowed", "stem"),
        ("Stammnr", "extra", "unknown"),
    ]  # fmt: skip
    assert found["columns"][2]["examples"] == ["xxx@xxxxxx.xxxxxxx", "xx@xxxx.xxxxxxx"]
    assert found["columns"][4]["examples"] == ["ja", "nein"]
    assert "quince" not in ended.stdout.lower()
    assert found["mapping"].splitlines() == [
        "[sources.crm.mapping]", '"Abgemeldet am" = "email_opt_out"', '"Werbung erlaubt" = "email_allowed"',
        '"Stammnr" = "extra"',
    ]  # fmt: skip
    assert installation.rows("select count(*) from raw.drops") == [(0,)]


def test_what_would_be_held_is_said_with_the_place_and_what_to_do(command: Command, installation: Installation) -> None:
    file = write(installation.folder / "list.csv", *UNREAD)
    ended = command("inspect", str(file))
    assert ended.code == 3
    assert "list.csv would be held. unreadable_permission: " in ended.stdout
    assert "'Opt-out class'" in ended.stdout and "column 3" in ended.stdout and '"email_opt_out"' in ended.stdout


def test_a_pasted_mapping_lets_the_drop_through(command: Command, installation: Installation) -> None:
    file = write(installation.folder / "list.csv", *UNREAD)
    assert command("run", str(file), "--source", "crm").code == 3
    ((held, key),) = installation.rows("select held_reason, key from raw.drops")
    assert held.startswith("unreadable_permission: ")
    policy = installation.settings.policy_path
    policy.write_text(policy.read_text() + '\n[sources.crm.mapping]\n"Opt-out class" = "extra"\n')
    ended = command("replay", key)
    assert ended.code == 0, ended.stdout
    assert installation.rows("select held_reason from raw.drops") == [(None,)]


def test_a_file_that_is_no_table_is_told_what_it_is(command: Command, installation: Installation) -> None:
    file = write(installation.folder / "list.csv", "<html><body><table><tr><td>Name</td></tr></table></body></html>")
    ended = command("inspect", str(file), "--json")
    assert ended.code == 3
    assert "web page" in only_json(ended.stdout)["would_hold"][0]


def test_run_names_the_held_file_and_the_next_command(command: Command, installation: Installation) -> None:
    installation.drop("crm/list.csv", *UNREAD)
    ended = command("run")
    (key,) = installation.rows("select key from raw.drops")[0]
    assert "list.csv is held. unreadable_permission: " in ended.stdout
    assert f"contact-pipeline replay {key}" in ended.stdout and f"contact-pipeline approve {key}" in ended.stdout
